from django.urls import path

from site_of_ours import views

urlpatterns = [
    path("webhooks/<provider>", views.take),
    path("protected", views.protected),
    path("slash/", views.protected),
]
