import os

SECRET_KEY = os.environ.get("SHOP_SECRET_KEY", "local-development-only")
INSTALLED_APPS = ["django.contrib.contenttypes", "shop"]
ROOT_URLCONF = "shop.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": os.environ.get("SHOP_DATABASE", "shop"),
    }
}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": os.environ.get("SHOP_CACHE_URL", "redis://localhost:6379/1"),
    }
}
REDIS_URL = os.environ.get("SHOP_REDIS_URL", "redis://localhost:6379/0")
CELERY_BROKER_URL = os.environ.get("SHOP_BROKER_URL", "redis://localhost:6379/2")
SHOP_ADDRESS = "shop@example.org"
PAY_URL = os.environ.get("SHOP_PAY_URL", "https://pay.example.org/charges")
LEDGER_URL = os.environ.get("SHOP_LEDGER_URL", "https://ledger.example.org/entries")
ARCHIVE_URL = os.environ.get("SHOP_ARCHIVE_URL", "https://archive.example.org/runs")
RATES_URL = os.environ.get("SHOP_RATES_URL", "https://rates.example.org/today")
SIMILAR_URL = os.environ.get("SHOP_SIMILAR_URL", "https://similar.example.org")
REVIEWS_URL = os.environ.get("SHOP_REVIEWS_URL", "https://reviews.example.org")
LABEL_URL = os.environ.get("SHOP_LABEL_URL", "https://labels.example.org/print")
CARRIER_URL = os.environ.get("SHOP_CARRIER_URL", "https://carrier.example.org/pickups")
MAIL_URL = os.environ.get("SHOP_MAIL_URL", "https://mail.example.org/names")
STRIPE_SECRET = os.environ.get("SHOP_STRIPE_SECRET", "")
CELERY_BEAT_SCHEDULE = {
    "mail-open-baskets": {"task": "shop.tasks.mail_open_baskets", "schedule": 60.0},
    "mail-open-baskets-one-at-a-time": {"task": "shop.tasks.mail_open_baskets_one_at_a_time", "schedule": 60.0},
}
