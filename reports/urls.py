"""Addresses of the reports."""

from django.urls import path

from reports import views, views_calendar, views_saved

app_name = "reports"
urlpatterns = [
    path("views/", views_saved.view_list, name="views"),
    path("views/new/", views_saved.save, name="save"),
    path("views/<int:pk>/", views_saved.view, name="view"),
    path("views/<int:pk>/change/", views_saved.change, name="change"),
    path("views/<int:pk>/<str:name>/", views_saved.act, name="act"),
    path("calendar/", views_calendar.calendar, name="calendar"),
    path("reports/", views.report_list, name="list"),
    path("reports/<str:name>/", views.report, name="report"),
]
