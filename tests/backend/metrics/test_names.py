import pytest
from homelab_agent.contract import FILESYSTEM, Filesystem, HostMetrics, NetworkInterface
from homelab_cmd.errors import NotFound
from homelab_cmd.metrics.names import METRICS, metric_by_name

INTERFACE = NetworkInterface("eth0", 1, 2, 3, 4, is_up=True, operstate="down")


def filesystem(state: str = "ok", *, read_only: bool | None = None) -> Filesystem:
    return Filesystem("/", "/dev/sda1", "ext4", 100, 40, 50, 44.4, 10, 5, read_only, state)  # type: ignore[arg-type]  # one of the words


def test_every_number_of_every_family_has_a_name() -> None:
    assert {"cpu_percent", "load_1m", "filesystem_used_bytes"} < METRICS.keys()
    assert {"network_interface_rx_bytes", "network_interface_is_up"} < METRICS.keys()
    assert not {"filesystem_mount_point", "filesystem_device", "host_cpu_percent"} & METRICS.keys()


@pytest.mark.parametrize(
    "alias,family,field,key",
    [
        ("cpu_usage", "host", "cpu_percent", None),
        ("memory_usage", "host", "memory_percent", None),
        ("disk_usage", "filesystem", "percent", "/"),
    ],
)
def test_the_older_names(alias: str, family: str, field: str, key: str | None) -> None:
    metric = metric_by_name(alias)
    assert (metric.family.name, metric.field.name, metric.key) == (family, field, key)
    assert metric.key_parameter is None


def test_a_keyed_metric_names_its_parameter() -> None:
    assert metric_by_name("filesystem_used_bytes").key_parameter == "mount_point"
    assert metric_by_name("network_interface_rx_bytes").key_parameter == "name"
    assert metric_by_name("cpu_percent").key_parameter is None


@pytest.mark.parametrize(
    "name,near", [("cpu_percnt", "cpu_percent"), ("filesystem_used", "filesystem_used_bytes")]
)
def test_an_unknown_name_is_answered_with_near_ones(name: str, near: str) -> None:
    with pytest.raises(NotFound, match=near):
        metric_by_name(name)


def test_a_name_like_no_other_is_answered_with_where_the_names_are() -> None:
    with pytest.raises(NotFound, match="GET /api/metrics"):
        metric_by_name("\ud800" * 500)


def test_values_and_states() -> None:
    assert metric_by_name("cpu_percent").value(HostMetrics(cpu_percent=12.5)) == 12.5
    assert metric_by_name("cpu_percent").value(HostMetrics()) is None
    assert metric_by_name("network_interface_rx_bytes").value(INTERFACE) == 1
    assert metric_by_name("network_interface_is_up").value(INTERFACE) == 1
    assert metric_by_name("network_interface_operstate").value(INTERFACE) == 0
    assert metric_by_name("filesystem_read_only").value(filesystem(read_only=False)) == 0


@pytest.mark.parametrize("state", ["stale", "missing"])
def test_old_numbers_of_a_row_are_not_given_for_new(state: str) -> None:
    row = filesystem(state, read_only=True)
    for field in FILESYSTEM.values:
        metric = METRICS.get(f"filesystem_{field.name}")
        if metric is not None:
            assert metric.value(row) == (0 if field.name == "state" else None)
