"""The living page of the design system."""

from django.urls import path

from vernost.core import views

app_name = "ui"
urlpatterns = [path("", views.gallery, name="gallery")]
