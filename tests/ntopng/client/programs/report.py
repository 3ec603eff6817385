"""Builds the published client's report: OUT URL TOKEN IFID [HOST]; the PDF lies beside OUT."""

import sys
from pathlib import Path

from ntopng.ntopng import Ntopng
from ntopng.report import Report

out, url, token, ifid, *host = sys.argv[1:]
Report(Ntopng(auth_token=token, url=url), int(ifid), *host).build(Path(out).with_suffix(".pdf"))
print("built")
