from setup import first_pier


def add_pier(request):
    first_pier(request.POST["name"])
