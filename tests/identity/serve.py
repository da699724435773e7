"""Sets the provider up and serves it: `python -m tests.identity.serve PORT CLIENT_ID CLIENT_SECRET CALLBACK EMAIL…`."""

import os
import sys
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import django
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

# Of all whom it knows.
PASSWORD = "the password at the company"


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Handler(WSGIRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


def know(client_id: str, secret: str, callback: str, addresses: list[str]) -> None:
    """Have it know one application, and people whose addresses are confirmed."""
    from allauth.account.models import EmailAddress
    from allauth.idp.oidc.models import Client
    from django.contrib.auth.models import User

    client = Client(
        id=client_id,
        name="Studio",
        scopes="openid\nprofile\nemail",
        redirect_uris=callback,
        skip_consent=True,
    )
    client.set_secret(secret)
    client.save()
    for address in addresses:
        first, _, last = address.partition("@")[0].partition(".")
        names = {"first_name": first.title(), "last_name": last.title()}
        person = User.objects.create_user(address, address, PASSWORD, **names)
        EmailAddress.objects.create(user=person, email=address, verified=True, primary=True)


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.identity.settings"
    django.setup()
    call_command("migrate", verbosity=0)
    port, *application = sys.argv[1:5]
    know(*application, sys.argv[5:])
    make_server("127.0.0.1", int(port), get_wsgi_application(), Server, Handler).serve_forever()
