from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt
from verifying import Shop

SHOP = Shop()


@csrf_exempt
def take(request, provider):
    return HttpResponse(status=SHOP.take(provider, request.body, request.headers.get, request.build_absolute_uri()))


def protected(request):
    return HttpResponse(status=204)
