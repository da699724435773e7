"""Addresses of one's own account; those of allauth are in the room `people`."""

from django.urls import URLPattern, path

from studio.account import company, views

app_name = "account"
urlpatterns: list[URLPattern] = [
    path("", views.profile, name="profile"),
    path("picture", views.choose_picture, name="picture"),
    path("picture/remove", views.drop_picture, name="picture_remove"),
    path("email", views.ask_for_email, name="email"),
    path("email/forget", views.forget_email, name="email_forget"),
    path("company/link", company.link, name="company_link"),
    path("company/unlink", company.unlink, name="company_unlink"),
    path("mail", views.choose_mail, name="mail"),
    path("sessions/", views.sessions, name="sessions"),
    path("sessions/<id:place_id>/end", views.end_session, name="session_end"),
    path("sessions/end-others", views.end_other_sessions, name="sessions_end"),
]
