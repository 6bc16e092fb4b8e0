"""How Alembic runs a migration here: on the connection that `Database.migrate` gives it, in its transaction.

Never opens a connection of its own.
"""

from alembic import context

from facewarden.adapters.records_sql.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    transaction_per_migration=False,
)
context.run_migrations()
