"""What an operator watches: metrics, health, logs. None of it holds a member's name, a server's, or a prompt."""
