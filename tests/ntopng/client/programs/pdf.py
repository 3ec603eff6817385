"""Example: a host's report by mail: OUT URL TOKEN IFID HOST SMTP-PORT."""

import sys
from pathlib import Path

from ntopng.ntopng import Ntopng
from ntopng.report import Report
from redmail import EmailSender

out, url, token, ifid, host, port = sys.argv[1:]
pdf = Path(out).with_suffix(".pdf")
Report(Ntopng(auth_token=token, url=url), int(ifid), host).build(pdf)
sender = EmailSender(host="localhost", port=int(port), username="ops", password="pw")
sender.send(
    sender="reports@example.org",
    receivers=["boss@example.org"],
    subject="New report",
    attachments={"report.pdf": pdf},
)
print("sent")
