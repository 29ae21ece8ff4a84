import redis
from django.conf import settings

client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, decode_responses=True)
