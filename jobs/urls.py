"""Addresses of background work: only one's own."""

from django.urls import path

from jobs import views

app_name = "jobs"
urlpatterns = [
    path("", views.job_list, name="list"),
    path("<str:key>/", views.job, name="job"),
    path("<str:key>/file/", views.file, name="file"),
    path("<str:key>/cancel/", views.cancel, name="cancel"),
    path("<str:key>/repeat/", views.repeat, name="repeat"),
]
