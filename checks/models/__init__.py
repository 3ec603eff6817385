"""What the operator says of checks: settings, overrides, exclusions, rules, trials, back-tests."""

from checks.models.backtest import BackTest
from checks.models.exclusion import ExcludedCount, Exclusion, ExclusionTally
from checks.models.learned import Kind, Learned, Learning, Part, Verdict
from checks.models.measured import CheckCost, ShadowFinding
from checks.models.override import Override
from checks.models.rule import Mode, UserRule
from checks.models.setting import CheckSetting, sync_settings
from checks.models.threshold import ThresholdRule
from checks.models.trial import Trial

__all__ = [
    "BackTest",
    "CheckCost",
    "CheckSetting",
    "ExcludedCount",
    "Exclusion",
    "ExclusionTally",
    "Kind",
    "Learned",
    "Learning",
    "Mode",
    "Override",
    "Part",
    "ShadowFinding",
    "ThresholdRule",
    "Trial",
    "UserRule",
    "Verdict",
    "sync_settings",
]
