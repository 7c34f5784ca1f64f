"""A capture for every finding of src/capture/finding.h, made by real programs over real kernels, with that fault put in; then
`tern trace` must find exactly it: on the right packets, in the right connection, and nothing else at warning or above but what
must follow, which each case names with the reason.

    trace_faults.py FINDING_H [CASE...]      all cases (or those), as TAP

fault_cases.py, fault_ecn.py and fault_ends.py have the cases, fault_net.py the network. A healthy connection stands beside the faulty one in every capture.
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import traceback

import fault_cases  # noqa: F401 # they list themselves
import fault_ecn  # noqa: F401
import fault_ends  # noqa: F401
from fault_net import PR_SET_PDEATHSIG, TERN, Net, libc
from fault_packet import LEFT, LINKTYPE_RAW, PORT, Packet, read_pcapng, write_pcap
from fault_picks import CASES, end, in_turn
from trace_tshark import disagreements

AT_ONCE = 8  # cases: most of their time is waiting for timers
LIMIT = 300  # seconds for one case
BYSTANDER_PORT = 7


# ---- one case ----


def bystander(net):
    """A healthy connection in the same capture; its end tells that all before it has been captured."""
    a, b = net.connect(LEFT, v6=True, port=BYSTANDER_PORT)
    in_turn(a, b, [2000])
    in_turn(b, a, [2000])
    net.bystander = a, b

    def finish():
        in_turn(b, a, [100])
        end(a, b)

    return finish


def traced(path):
    """The lines of `tern trace --json`."""
    run = subprocess.run([TERN, "trace", "--json", path], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if run.returncode != 0 or run.stderr:
        raise RuntimeError(f"tern trace ended with {run.returncode}: {run.stderr.decode()}")
    return run.stdout.decode().splitlines()


def findings_of(lines):
    """[(finding, severity, connection, frame or None, text)], and the connections' ports."""
    found, ports = [], {}
    for line in lines:
        o = json.loads(line)
        if o["type"] == "connection":
            ports[o["number"]] = {o["a"]["port"], o["b"]["port"]}
        for note in o.get("notes", ()):
            found.append((note["finding"], note["severity"], o["number"], o.get("n"), note["text"]))
    return found, ports


def examine(c, found, ports, wanted):
    """What is wrong, a line each."""
    wrong = []
    frames = [n for finding, _, _, n, _ in found if finding == c.finding]
    if frames != wanted or not wanted:
        wrong.append(f"{c.finding}: at packets {frames}, not {wanted}")
    loud = [f for f in found if f[1] != "info" and f[0] != c.finding]
    for finding in sorted({f[0] for f in loud} - set(c.follows)):
        wrong.append(f"{finding}: found, and does not follow from the fault")
    for finding in sorted(set(c.follows) - {f[0] for f in loud}):
        wrong.append(f"{finding}: not found, though it must be: {c.follows[finding]}")
    for finding, _, number, n, _ in found:
        if (finding == c.finding or (finding, n) in [(f[0], f[3]) for f in loud]) and PORT not in ports[number]:
            wrong.append(f"{finding}: in connection {number}, which is healthy")
    if len(ports) < 2 and c.finding != "checksum-offloaded":
        wrong.append("the healthy connection is not in the capture")
    return wrong


def run_case(name, directory):
    c = CASES[name]
    net = Net(directory)
    finish = bystander(net)
    judge_or_wanted = c.run(net)
    finish()
    net.close()
    frames = net.alter(read_pcapng(net.capture))
    path = os.path.join(directory, "capture.pcap")
    write_pcap(path, frames, net.link_type)
    packets = [Packet(data, frame=i) for i, (_, data) in enumerate(frames, 1)] if net.link_type == LINKTYPE_RAW else []
    packets = [p for p in packets if p.studied]
    lines = traced(path)
    found, ports = findings_of(lines)
    wrong = judge_or_wanted(packets, found) if c.judges else examine(c, found, ports, judge_or_wanted(packets))
    wrong += [f"tshark differs: {line}" for line in disagreements(path, lines)[0]]
    if wrong:
        shown = [f for f in found if f[1] != "info" or f[0] == c.finding]
        wrong += [f"  {f[0]} ({f[1]}), connection {f[2]}, packet {f[3]}: {f[4]}" for f in shown[:30]]
        kept = os.environ.get("TRACE_FAULTS_KEEP")
        if kept:
            os.replace(path, os.path.join(kept, re.sub(r"\W+", "-", name) + ".pcap"))
    return wrong


def one(name):
    """The process of one case."""
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    with tempfile.TemporaryDirectory() as directory:
        try:
            wrong = run_case(name, directory)
        except Exception:
            wrong = [traceback.format_exc(limit=-2)]
    print("\n".join(wrong))
    sys.stdout.flush()
    os._exit(1 if wrong else 0)  # no thread or socket is waited for


# ---- all ----


def table(path):
    """The names of the findings."""
    with open(path) as f:
        return re.findall(r'^\s*X\(\w+,\s*"([a-z-]+)",', f.read(), re.M)


def run_all(header, names):
    """[(name, process or None)] as they end."""
    waiting, running = list(names), {}
    while waiting or running:
        while waiting and len(running) < AT_ONCE:
            name = waiting.pop(0)
            out = tempfile.TemporaryFile("w+")
            process = subprocess.Popen([sys.executable, __file__, header, "--one", name], stdout=out, stderr=subprocess.STDOUT)
            running[process.pid] = (name, process, out, time.monotonic())
        pid, status = os.waitpid(-1, os.WNOHANG)
        for name, process, _, began in running.values():
            if process.pid != pid and time.monotonic() - began > LIMIT:
                process.kill()
        if pid == 0:
            time.sleep(0.02)
            continue
        name, process, out, began = running.pop(pid)
        process.returncode = status
        out.seek(0)
        yield name, status, out.read().strip(), time.monotonic() - began


def main(header, chosen):
    n = failed = 0

    def report(good, name, why=""):
        nonlocal n, failed
        n += 1
        failed += not good
        print(f"{'ok' if good else 'not ok'} {n} - {name}")
        for line in why.splitlines() if not good else ():
            print(f"# {line}")
        sys.stdout.flush()

    known = table(header)
    covered = {c.finding for c in CASES.values()}
    if not chosen:
        report(len(known) > 0 and covered == set(known), "each finding has a case", f"they differ in {covered ^ set(known)}")
    for name, status, said, seconds in run_all(header, chosen or CASES):
        report(status == 0, f"{name} ({seconds:.1f} s)", said)
    print(f"1..{n}")
    return 1 if failed else 0


if __name__ == "__main__":
    if sys.argv[2:3] == ["--one"]:
        one(sys.argv[3])
    sys.exit(main(sys.argv[1], sys.argv[2:]))
