"""Calls every public method of the published client's classes: OUT URL TOKEN IFID HOST."""

import inspect
import json
import sys
import time
from pathlib import Path

import pandas as pd
from ntopng.historical import Historical
from ntopng.host import Host
from ntopng.interface import Interface
from ntopng.ntopng import Ntopng
from ntopng.report import Report

OUT, URL, TOKEN, IFID, HOST = sys.argv[1:]
END = int(time.time()) + 1
BEGIN = END - 86_400
CLAUSES = ("*", None, 5, None, "epoch_begin")
FAMILIES = ("flow", "active_monitoring", "host", "interface", "mac")
FAMILIES += ("network", "snmp", "system", "user")

ntopng = Ntopng(auth_token=TOKEN, url=URL)
historical = Historical(ntopng, IFID)
report = Report(ntopng, IFID, HOST)
scratch = Path(OUT).with_suffix(".png")
REST = URL + "/lua/rest/v2"

ARGUMENTS = {
    Ntopng: {
        "get_url": (),
        "issue_request": (f"{REST}/get/ntopng/interfaces.lua", {}),
        "issue_post_request": (f"{REST}/get/ntopng/interfaces.lua", {}),
        "request": ("/lua/rest/v2/get/ntopng/interfaces.lua", {}),
        "post_request": ("/lua/rest/v2/get/ntopng/interfaces.lua", {}),
        "enable_debug": (),
        "get_alert_types": (),
        "get_alert_severities": (),
        "get_interface": (IFID,),
        "get_historical_interface": (IFID,),
        "get_interfaces_list": (),
        "get_host_interfaces_list": (HOST,),
        "self_test": (),
    },
    Interface: {
        "get_data": (),
        "get_broadcast_domains": (),
        "get_address": (),
        "get_l7_stats": (100,),
        "get_dscp_stats": (),
        "get_host": (HOST,),
        "get_active_hosts": (),
        "get_active_hosts_paginated": (1, 3),
        "get_top_local_talkers": (),
        "get_top_remote_talkers": (),
        "get_active_flows_paginated": (1, 10),
        "get_active_l4_proto_flow_counters": (),
        "get_active_l7_proto_flow_counters": (),
        "get_historical": (),
        "get_all_alerts": (IFID, BEGIN, END, HOST),
        "self_test": (),
    },
    Host: {
        "get_host_data": (),
        "get_l7_stats": (),
        "get_dscp_stats": (True,),
        "get_active_flows_paginated": (1, 10),
        "self_test": (),
    },
    Historical: {
        "get_alert_type_counters": (BEGIN, END),
        "get_alert_severity_counters": (BEGIN, END),
        "get_alerts": ("flow", BEGIN, END, *CLAUSES),
        **{f"get_{family}_alerts": (BEGIN, END, *CLAUSES) for family in FAMILIES},
        "get_alerts_stats": (BEGIN, END, HOST),
        "get_flow_alerts_stats": (BEGIN, END),
        "timeseries_to_pandas": ({},),
        "get_timeseries": ("iface:traffic_rxtx", f"ifid:{IFID}", BEGIN, END),
        "get_timeseries_stats": ("iface:traffic_rxtx", f"ifid:{IFID}", BEGIN, END),
        "get_host_timeseries": (HOST, "host:traffic", BEGIN, END),
        "get_host_timeseries_stats": (HOST, "host:traffic", BEGIN, END),
        "get_interface_timeseries": ("iface:score", BEGIN, END),
        "get_interface_timeseries_stats": ("iface:traffic_rxtx", BEGIN, END),
        "get_timeseries_metadata": (),
        "get_flows": (BEGIN, END, "*", "", 10, "", ""),
        "get_topk_flows": (BEGIN, END, 10, None),
        "get_top_conversations": (BEGIN, END, HOST),
        "get_host_top_protocols": (HOST, BEGIN, END),
        "self_test": (HOST,),
    },
    Report: {
        "gen_tmp_file_name": ("txt",),
        "get_alerts_by_severity": (BEGIN, END),
        "get_alerts_by_count": (BEGIN, END),
        "get_top_conversations": (BEGIN, END),
        "get_upload_download": (BEGIN, END),
        "get_interface_data": (),
        "get_interfaces_count": (),
        "plot_traffic_chart": (str(scratch), BEGIN, END),
        "df_to_table_png": (pd.DataFrame({"a": ["b"]}), str(scratch), 450, 325),
        "delete_file": (str(scratch),),
        "build": (str(Path(OUT).with_suffix(".pdf")),),
        "clear_cache": (),
    },
}
OBJECTS = {
    Ntopng: ntopng,
    Interface: Interface(ntopng, IFID),
    Host: Host(ntopng, IFID, HOST),
    Historical: historical,
    Report: report,
}


def plain(value):
    if isinstance(value, pd.DataFrame):
        return {"columns": list(value.columns), "data": value.to_numpy().tolist()}
    if isinstance(value, Interface | Historical | Host):
        return type(value).__name__
    return value.status_code if hasattr(value, "status_code") else value


results = {}
for kind, calls in ARGUMENTS.items():
    public = {
        name for name, _ in inspect.getmembers(kind, inspect.isfunction) if not name.startswith("_")
    }
    assert public == set(calls), (kind.__name__, public ^ set(calls))
    for name, arguments in calls.items():
        results[f"{kind.__name__}.{name}"] = plain(getattr(OBJECTS[kind], name)(*arguments))
        report.created_files = []  # a name without a file would end the process
    if kind is Ntopng:
        ntopng.debug = False
Path(OUT).write_text(json.dumps(results))
