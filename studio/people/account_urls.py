"""Exactly the pages of allauth that we offer; its other routes (sign-up, e-mail confirmation) don't exist here.

allauth asks for these names by itself, so they carry no namespace.
"""

from allauth.account import views
from django.contrib.auth.decorators import login_not_required
from django.urls import URLPattern, path

urlpatterns: list[URLPattern] = [
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", login_not_required(views.account_inactive), name="account_inactive"),
    # Closed: it says how people come in. The sign-in page asks for its address.
    path("signup/", views.signup, name="account_signup"),
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path("password/change/", views.password_change, name="account_change_password"),
]
