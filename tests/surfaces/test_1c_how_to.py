"""The script of docs/how-to/1c.md feeds a real server from a stand-in that speaks the OData protocol of 1C."""

import base64
import json
import os
import re
import subprocess
import sys
import threading
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from django.utils import timezone
from tests import api

from vernost.customers.models import Customer
from vernost.intake.models import QuarantinedRow
from vernost.workshop.models import OrderLine, RepairOrder

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "1c.md"
NOBODY = "00000000-0000-0000-0000-000000000000"
ORDERS = 230


def key(kind, number):
    return f"{kind:08d}-0000-0000-0000-{number:012d}"


class Base1C:
    """Catalogues and documents, and the part of OData that 1C answers: $filter, $orderby, $top, $skip."""

    def __init__(self):
        today = timezone.localdate()
        self.asked = []
        self.entities = {
            "Catalog_Контрагенты": [
                {
                    "Ref_Key": key(1, number),
                    "Description": f"Иванов Пётр {number}" if number % 5 else f"ООО «Ромашка-{number}»",
                    "ЮрФизЛицо": "ФизЛицо" if number % 5 else "ЮрЛицо",
                    "ИНН": "",
                    "КонтактнаяИнформация": [{"Тип": "Телефон", "Представление": f"+7 917 123-40-{number:02d}"}],
                }
                for number in range(30)
            ],
            "Catalog_Автомобили": [
                {
                    "Ref_Key": key(2, number),
                    "VIN": "",
                    "ГосНомер": "",
                    "Марка": "Haval",
                    "Модель": "Jolion",
                    "ГодВыпуска": "2023",
                    "Владелец_Key": key(1, number) if number else NOBODY,
                }
                for number in range(30)
            ],
            "Document_ЗаказНаряд": [
                {
                    "Ref_Key": key(3, number),
                    "Date": f"{today - timedelta(days=number % 16)}T10:00:00",
                    "ДатаЗакрытия": "0001-01-01T00:00:00" if number % 7 == 0 else f"{today}T12:30:00",
                    "DeletionMark": number == 3,
                    "Контрагент_Key": key(1, number % 30),
                    "Автомобиль_Key": key(2, number % 30),
                    "Пробег": 12_500 + number,
                    "Работы": [{"LineNumber": "1", "Работа": "ТО-1", "Количество": 1, "Сумма": 14900}],
                    "Товары": [{"LineNumber": "1", "Номенклатура": "Масло", "Количество": 4, "Сумма": 3600.5}],
                }
                for number in range(ORDERS)
            ],
        }

    def find(self, entity, query):
        self.asked.append(entity)
        rows, said = self.entities[entity], query.get("$filter", "")
        if since := re.fullmatch(r"Date ge datetime'(.+)'", said):
            rows = [row for row in rows if row["Date"] >= since[1]]
        elif said:
            wanted = set(re.findall(r"Ref_Key eq guid'([0-9a-f-]{36})'", said))
            assert said == " or ".join(f"Ref_Key eq guid'{each}'" for each in sorted(wanted))
            rows = [row for row in rows if row["Ref_Key"] in wanted]
        if order := query.get("$orderby"):
            rows = sorted(rows, key=lambda row: [row[name] for name in order.split(",")])
        skip = int(query.get("$skip", 0))
        return rows[skip : skip + int(query.get("$top", len(rows)))]


@pytest.fixture
def onec():
    base = Base1C()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            url = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(url.query).items()}
            pass_word = "Basic " + base64.b64encode("вернувшийся:секрет".encode()).decode()
            allowed = self.headers["Authorization"] == pass_word and query.pop("$format") == "json"
            self.send_response(200 if allowed else 401)
            self.end_headers()
            if allowed:
                entity = unquote(url.path).removeprefix("/base/odata/standard.odata/")
                self.wfile.write(json.dumps({"odata.metadata": "", "value": base.find(entity, query)}).encode())

        def log_message(self, *_args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base.url = f"http://127.0.0.1:{server.server_port}/base"
    yield base
    server.shutdown()
    server.server_close()


@pytest.fixture
def vernost(django_db_setup, live_server):  # noqa: ARG001 - sets the folders that the server looks into
    return live_server.url


def run(onec, vernost, secret, script, **more):
    said = {
        "ONEC": onec.url,
        "ONEC_LOGIN": "вернувшийся",
        "ONEC_PASSWORD": "секрет",
        "VERNOST": vernost,
        "KEY": secret,
        "PYTHONUTF8": "1",
    }
    return subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=False, env=os.environ | said | more
    )


def feed(onec, vernost, secret, script):
    ran = run(onec, vernost, secret, script)
    assert (ran.returncode, ran.stderr) == (0, "")
    total = {}
    for line in ran.stdout.splitlines():
        for kind, counts in json.loads(line).items():
            for verdict, count in counts.items():
                total[kind, verdict] = total.get((kind, verdict), 0) + count
    return {place: count for place, count in total.items() if count}


@pytest.fixture
def script(tmp_path):
    [code] = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    file = tmp_path / "feed.py"
    file.write_text(code, encoding="utf-8")
    return file


def test_what_1c_refuses_is_told_in_a_line(onec, script):
    ran = run(onec, "http://127.0.0.1:9", "vnt_", script, ONEC_PASSWORD="чужой")
    assert (ran.returncode, ran.stderr) == (1, "1C, Document_ЗаказНаряд: HTTP Error 401: Unauthorized\n")


@pytest.mark.django_db(transaction=True)
def test_the_script_brings_orders_in_once_and_their_changes_after(onec, vernost, script):
    secret = api.key()
    since = timezone.localdate() - timedelta(days=14)
    days = [datetime.fromisoformat(row["Date"]).date() for row in onec.entities["Document_ЗаказНаряд"]]
    recent = sum(day >= since for day in days)
    first = feed(onec, vernost, secret, script)
    assert (first["orders", "new"], first["customers", "new"], first["vehicles", "new"]) == (recent, 30, 30)
    assert not QuarantinedRow.objects.exists()
    assert OrderLine.objects.count() == 2 * recent
    assert set(RepairOrder.objects.values_list("status", flat=True)) == {"open", "closed", "cancelled"}
    assert Customer.objects.filter(kind="company").count() == 6
    again = feed(onec, vernost, secret, script)
    assert {verdict for _kind, verdict in again} == {"same"}
    onec.entities["Document_ЗаказНаряд"][0]["Пробег"] = 99_000
    third = feed(onec, vernost, secret, script)
    assert {place: count for place, count in third.items() if place[1] != "same"} == {("orders", "changed"): 1}
    taken_out = onec.entities["Document_ЗаказНаряд"][0].pop("Работы")
    feed(onec, vernost, secret, script)
    [part] = OrderLine.objects.filter(order__external_id=key(3, 0))
    assert (part.name, OrderLine.objects.count(), len(taken_out)) == ("Масло", 2 * recent - 1, 1)
