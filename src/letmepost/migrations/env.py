"""What alembic runs: the steps, on the connection that the caller opened."""

from alembic import context

from letmepost.kit.database import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
context.run_migrations()
