"""Notifications: what a person should hear of though they weren't looking."""
