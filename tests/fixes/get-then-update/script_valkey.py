from django_redis import get_redis_connection
import valkey

client = valkey.Valkey()


def take(sku):
    if int(client.get(sku)) > 0:
        client.decr(sku)
        return True
    return False


def django(sku):
    connection = get_redis_connection("default")
    left = connection.get(sku)
    if left and int(left) > 0:
        connection.decr(sku)
        return True
    return False
