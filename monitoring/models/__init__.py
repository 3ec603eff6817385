"""The tables of what is seen; :mod:`monitoring.storage` makes those of flows and traffic."""

from monitoring.models.agent import Agent
from monitoring.models.blacklist import BlacklistContent, BlacklistSource
from monitoring.models.flow import Application, Category, Flow, FlowDetail, FlowLive
from monitoring.models.host import Host, HostPool, HostPoolMember, LocalNetwork
from monitoring.models.interface import Interface
from monitoring.models.ledger import Batch, LedgerLine
from monitoring.models.overflow import Overflow
from monitoring.models.token import ApiToken
from monitoring.models.traffic import Traffic

__all__ = [
    "Agent",
    "ApiToken",
    "Application",
    "Batch",
    "BlacklistContent",
    "BlacklistSource",
    "Category",
    "Flow",
    "FlowDetail",
    "FlowLive",
    "Host",
    "HostPool",
    "HostPoolMember",
    "Interface",
    "LedgerLine",
    "LocalNetwork",
    "Overflow",
    "Traffic",
]
