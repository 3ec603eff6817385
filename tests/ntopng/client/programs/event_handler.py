"""Example: a handler of alerts that mails a report of the host that an alert is about.

One line of JSON on its input, as ntopng's shell scripts get it; arguments: URL TOKEN SMTP-PORT
ALERT-ID. Only alerts of hosts with that number are looked at.
"""

import json
import sys
import tempfile
from pathlib import Path

from ntopng.ntopng import Ntopng
from ntopng.report import Report
from redmail import EmailSender

HOST = 1

url, token, port, wanted = sys.argv[1:]
alert = json.loads(sys.stdin.readlines()[0])
if alert["entity_id"] == HOST and alert["alert_id"] == int(wanted):
    message = json.loads(alert["json"])["message"]
    with tempfile.TemporaryDirectory() as folder:
        pdf = Path(folder) / "report.pdf"
        ntopng = Ntopng(auth_token=token, url=url)
        Report(ntopng, alert["ifid"], alert["ip"]).build(pdf)
        mail = EmailSender(host="localhost", port=int(port), username="ops", password="pw")
        mail.send(
            sender="reports@example.org",
            receivers=["boss@example.org"],
            subject=f"{alert['ip']}: {message}",
            attachments={"report.pdf": pdf},
        )
    print("mailed")
