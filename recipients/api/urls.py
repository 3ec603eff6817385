"""URLs of the REST API of who is told, below /api/v1/."""

from __future__ import annotations

from django.urls import path

from recipients.api.deliveries import DeliveryList, DeliveryOne, DeliveryResend
from recipients.api.endpoints import EndpointList, EndpointOne, EndpointTest
from recipients.api.recipients import RecipientList, RecipientOne, RecipientTest
from recipients.api.silences import SilenceList, SilenceOne

urlpatterns = [
    path("endpoints/", EndpointList.as_view(), name="api-endpoints"),
    path("endpoints/<int:pk>/", EndpointOne.as_view(), name="api-endpoint"),
    path("endpoints/<int:pk>/test/", EndpointTest.as_view(), name="api-endpoint-test"),
    path("recipients/", RecipientList.as_view(), name="api-recipients"),
    path("recipients/<int:pk>/", RecipientOne.as_view(), name="api-recipient"),
    path("recipients/<int:pk>/test/", RecipientTest.as_view(), name="api-recipient-test"),
    path("silences/", SilenceList.as_view(), name="api-silences"),
    path("silences/<int:pk>/", SilenceOne.as_view(), name="api-silence"),
    path("deliveries/", DeliveryList.as_view(), name="api-deliveries"),
    path("deliveries/<int:pk>/", DeliveryOne.as_view(), name="api-delivery"),
    path("deliveries/<int:pk>/resend/", DeliveryResend.as_view(), name="api-delivery-resend"),
]
