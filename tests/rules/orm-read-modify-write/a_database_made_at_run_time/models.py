"""Nothing is known of the database; a connection for a function guards nothing, what is not known may."""

import peewee
import settings

DB = settings.make()

class Task(peewee.Model):
    retry_count = peewee.IntegerField(default=0)
    class Meta:
        database = DB

class Service:
    @classmethod
    @DB.connection_context()
    def retry(cls, ident):
        task = Task.get_by_id(ident)  # expect: FEN203
        task.retry_count += 1
        task.save()

    @classmethod
    @DB.connection_context()
    def retry_at_once(cls, ident):
        Task.update(retry_count=Task.retry_count + 1).where(Task.id == ident).execute()

@DB.connection_context()
def retry(ident):
    task = Task.get_by_id(ident)  # expect: FEN203
    task.retry_count += 1
    task.save()

@DB.locked()
def retry_locked(ident):
    task = Task.get_by_id(ident)
    task.retry_count += 1
    task.save()
