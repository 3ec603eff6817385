"""Which addresses and names are known to be bad."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models


class BlacklistSource(models.Model):
    """A list of bad addresses or names: fetched from a URL, or read from a file of the server."""

    FORMATS = [
        ("ip", "Addresses and networks, one per line"),
        ("ip_csv", "Addresses in a column of CSV"),
        ("ip_occurencies", "Addresses with a count"),
        ("hosts", "A hosts file"),
        ("domain", "Names, addresses and networks, one per line"),
    ]
    CATEGORIES = [(name, name) for name in ("Malware", "Mining", "Advertisement")]

    name = models.CharField(max_length=100, unique=True)
    location = models.CharField(
        max_length=500,
        blank=True,
        help_text="A URL, or the name of a file in the data folder's lists/.",
    )
    format = models.CharField(max_length=20, choices=FORMATS, default="ip")
    category = models.CharField(max_length=20, choices=CATEGORIES, default="Malware")
    is_enabled = models.BooleanField(default=True)
    refresh_seconds = models.PositiveIntegerField(
        default=86_400, validators=[MinValueValidator(3_600)]
    )
    attempted_at = models.DateTimeField(null=True, blank=True, editable=False)
    refreshed_at = models.DateTimeField(null=True, blank=True, editable=False)
    entries = models.PositiveIntegerField(default=0, editable=False)
    refused = models.PositiveIntegerField(
        default=0, editable=False, help_text="Lines that meant nothing."
    )
    error = models.TextField(blank=True, editable=False)

    class Meta:
        """Listed by name."""

        ordering = ["name"]
        verbose_name = "blacklist"

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse URLs that are not HTTP or HTTPS."""
        scheme, separator, _ = self.location.partition("://")
        if separator and scheme not in ("http", "https"):
            raise ValidationError({"location": "Only http:// and https:// can be fetched."})


class BlacklistContent(models.Model):
    """What was last read of a list: networks and names, one per line."""

    source = models.OneToOneField(
        BlacklistSource, on_delete=models.CASCADE, primary_key=True, related_name="content"
    )
    networks = models.TextField(blank=True)
    names = models.TextField(blank=True)

    def __str__(self) -> str:
        return str(self.source)
