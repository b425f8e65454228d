"""Addresses of the lists and of the profiles."""

from django.urls import path

from catalog import views

app_name = "catalog"
urlpatterns = [
    path("lists/", views.lists, name="lists"),
    path("lists/<slug:slug>/", views.entry_list, name="list"),
    path("lists/<slug:slug>/new/", views.new, name="new"),
    path("lists/<slug:slug>/duplicates/", views.duplicates, name="duplicates"),
    path("lists/<slug:slug>/duplicates/two/", views.not_one, name="not_one"),
    path("lists/<slug:slug>/mergers/", views.mergers, name="mergers"),
    path("lists/<slug:slug>/<str:code>/unmerge/", views.unmerge, name="unmerge"),
    path("lists/<slug:slug>/<str:code>/", views.entry, name="entry"),
    path("lists/<slug:slug>/<str:code>/history/", views.history, name="history"),
    path("lists/<slug:slug>/<str:code>/edit/", views.edit, name="edit"),
    path("lists/<slug:slug>/<str:code>/retire/", views.retire, name="retire"),
    path("lists/<slug:slug>/<str:code>/merge/", views.merge, name="merge"),
    path("countries/<str:code>/", views.country, name="country"),
    path("organizations/<str:code>/", views.organization, name="organization"),
    path("regions/<str:scheme>/<str:code>/", views.region, name="region"),
    path("strategies/<str:code>/", views.strategy, name="strategy"),
    path("frameworks/<str:code>/", views.framework, name="framework"),
    path("suggest/", views.suggest, name="suggest"),
]
