"""Alembic's environment: runs on the connection that db/migrate.py hands over, inside its transaction."""

from alembic import context

from db.models import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, transactional_ddl=False, render_as_batch=False)
context.run_migrations()
