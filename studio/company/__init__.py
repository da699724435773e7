"""Signing in through the company: an OpenID Connect provider says who somebody is, Studio says what they may."""
