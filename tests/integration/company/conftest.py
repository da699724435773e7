"""The company's provider for the tests of this room."""

from tests.company_provider import provider

__all__ = ["provider"]
