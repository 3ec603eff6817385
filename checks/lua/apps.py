"""The app's configuration."""

from django.apps import AppConfig


class LuaConfig(AppConfig):
    """Register the scripts with Django; an app of its own, with its own migrations."""

    name = "checks.lua"
    label = "lua"
    verbose_name = "Lua checks"
    default_auto_field = "django.db.models.BigAutoField"
