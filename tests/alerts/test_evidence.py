import pytest

from alerts.evidence import attack_url, compared, title_of
from alerts.models import Alert


def read(check, values):
    return [(one.label, one.text) for one in compared(Alert(check_key=check, values=values))]


@pytest.mark.parametrize(
    ("check", "values", "expected"),
    [
        (
            "syn_flood",
            {"threshold": 256, "syn_sent_per_second": 312},
            [("Syn sent per second", "312"), ("Threshold", "256 SYN/s")],
        ),
        ("x", {"bytes": 1536}, [("Bytes", "1.5 KB")]),
        ("x", {"bits_per_second": 2_000_000}, [("Bits per second", "2.0 Mbit/s")]),
        ("x", {"duration": 90}, [("Duration", "1 min 30 s")]),
        ("x", {"is_new": True}, [("Is new", "yes")]),
        ("x", {"names": ["a", "b"], "none": None}, [("Names", "a, b"), ("None", "–")]),
        ("x", {"ratio": 0.123456789}, [("Ratio", "0.123457")]),
        ("x", {"list": "feodo"}, [("List", "feodo")]),
        ("x", [], []),
        (
            "traffic_behavior",
            {"lower": 1.2e9, "upper": 1.66e9, "value": 2.7e9, "width": 3.0, "expected": 1.44e9},
            [
                ("Measured", "2.5 GB"),
                ("Expected", "1.3 GB"),
                ("Band", "1.1 GB – 1.5 GB"),
                ("Width of the band", "3 standard deviations of past errors to each side"),
            ],
        ),
    ],
)
def test_compared_values_read_in_words(check, values, expected):
    assert read(check, values) == expected


@pytest.mark.parametrize(
    ("value", "share", "filled", "limit_at"),
    [(128, 50, 50, 100), (256, 100, 100, 100), (512, 200, 100, 50)],
)
def test_a_value_stands_beside_its_limit(value, share, filled, limit_at):
    one = compared(Alert(check_key="x", values={"threshold": 256, "measured": value}))[0]
    assert (one.share, one.filled, one.limit_at) == (share, filled, limit_at)


def test_two_limits_measure_nothing():
    values = {"minimum": 1, "maximum": 5, "measured": 9}
    assert compared(Alert(check_key="x", values=values))[0].share is None


@pytest.mark.parametrize(
    ("key", "title"), [("syn_flood", "SYN Flood"), ("check_quarantined", "Check quarantined")]
)
def test_a_check_is_called_by_its_title(key, title):
    assert title_of(key) == title


@pytest.mark.parametrize(
    ("attack", "url"),
    [
        ("T1498.001", "https://attack.mitre.org/techniques/T1498/001/"),
        ("T1046", "https://attack.mitre.org/techniques/T1046/"),
        ("TA0008", "https://attack.mitre.org/tactics/TA0008/"),
        ("", ""),
    ],
)
def test_attack_ids_lead_to_their_page(attack, url):
    assert attack_url(attack) == url
