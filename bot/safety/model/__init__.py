"""The classifier's weights and what they are pinned to; README.md is its model card."""
