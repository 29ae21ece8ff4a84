import functools
import hashlib
import hmac

from django.http import HttpResponse

SECRET = b"secret"


def signed(view):
    @functools.wraps(view)
    def inner(request, *args, **kwargs):
        expected = hmac.new(SECRET, request.body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected, request.headers.get("X-Signature", "")):
            return HttpResponse(status=403)
        return view(request, *args, **kwargs)

    return inner
