"""Rules, limits, exclusions and overrides in the admin, judged by the models themselves."""

from checks.admin.exclusion import ExclusionAdmin
from checks.admin.override import OverrideAdmin
from checks.admin.rule import ThresholdRuleAdmin, UserRuleAdmin

__all__ = ["ExclusionAdmin", "OverrideAdmin", "ThresholdRuleAdmin", "UserRuleAdmin"]
