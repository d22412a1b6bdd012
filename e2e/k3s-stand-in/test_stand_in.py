#!/usr/bin/env python3
"""
Tests of the K3s stand-in: `python3 e2e/k3s-stand-in/test_stand_in.py`. They start it on a free port with a temporary root
and drive it with the real kubectl (KUBECTL, or the one in PATH; those tests are skipped where there is none).
"""

import http.client
import json
import os
import shutil
import signal
import socket
import ssl
import stat
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
BINARY = os.path.join(HERE, "k3s")
KUBECTL = os.environ.get("KUBECTL") or shutil.which("kubectl")
needs_kubectl = unittest.skipUnless(KUBECTL, "not run: no kubectl in PATH")

WEB = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: nginx, image: "nginx:1.29", ports: [{containerPort: 80, name: http}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: http}]}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def eventually(check, seconds=15):
    """Waits until check() is true, and returns what it returned."""
    end = time.monotonic() + seconds
    while True:
        result = check()
        if result or time.monotonic() > end:
            return result
        time.sleep(0.1)


class StandIn:
    """One stand-in with a root folder of its own."""

    def __init__(self, config=None):
        self.root = tempfile.mkdtemp(prefix="k3s-stand-in-")
        self.port = free_port()
        self.kubeconfig = f"{self.root}/etc/rancher/k3s/k3s.yaml"
        self.process = None
        self.log_path = f"{self.root}/log"
        if config is not None:
            os.makedirs(f"{self.root}/etc/rancher/k3s")
            with open(f"{self.root}/etc/rancher/k3s/config.yaml", "w", encoding="utf-8") as file:
                file.write(config)

    def environment(self, **more):
        quick = {"K3S_STAND_IN_API_DELAY": "0.3", "K3S_STAND_IN_NODE_DELAY": "0.6", "K3S_STAND_IN_POD_DELAY": "0.3"}
        return {"PATH": os.environ["PATH"], "HOME": self.root, "K3S_STAND_IN_ROOT": self.root, "KUBECONFIG": self.kubeconfig,
                **quick, **more}

    def start(self, *flags, **environment):
        with open(self.log_path, "a", encoding="utf-8") as log:
            self.process = subprocess.Popen([BINARY, "server", f"--https-listen-port={self.port}", *flags],
                                            env=self.environment(**environment), stderr=log)
        return self

    def stop(self, how=signal.SIGTERM):
        if self.process:
            self.process.send_signal(how)
            code = self.process.wait(10)
            self.process = None
            return code
        return None

    def remove(self):
        self.stop(signal.SIGKILL)
        shutil.rmtree(self.root, ignore_errors=True)

    def log(self):
        with open(self.log_path, encoding="utf-8") as file:
            return file.read()

    def tls(self, *paths):
        return os.path.join(self.root, "var/lib/rancher/k3s/server/tls", *paths)

    def get(self, path, certificate=True, method="GET", body=None):
        """(status, headers, text) of a request."""
        context = ssl.create_default_context(cafile=self.tls("server-ca.crt"))
        if certificate:
            context.load_cert_chain(self.tls("client-admin.crt"), self.tls("client-admin.key"))
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=context, timeout=5)
        try:
            connection.request(method, path, body=body, headers={"Content-Type": "application/json"})
            response = connection.getresponse()
            return response.status, response.headers, response.read().decode()
        finally:
            connection.close()

    def is_ready(self):
        try:
            return self.get("/readyz")[0] == 200
        except OSError:
            return False

    def kubectl(self, *arguments, ok=True, stdin=None):
        """kubectl's output, both streams; asserts whether it succeeded."""
        done = subprocess.run([KUBECTL, "--request-timeout=20s", *arguments], env=self.environment(), input=stdin, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=40, check=False)
        if (done.returncode == 0) != ok:
            raise AssertionError(f"kubectl {' '.join(arguments)}: status {done.returncode}\n{done.stdout}")
        return done.stdout


class CommandLine(unittest.TestCase):
    """What ends before anything is served."""

    def run_binary(self, *arguments, **environment):
        return subprocess.run([BINARY, *arguments], env={"PATH": os.environ["PATH"], **environment}, text=True,
                              capture_output=True, timeout=20, check=False)

    def test_version(self):
        self.assertRegex(self.run_binary("--version").stdout, r"^k3s version v\d+\.\d+\.\d+\+k3s1 \(stand-in\)\ngo version .*not K3s\)\n$")

    def test_unknown_option(self):
        done = self.run_binary("server", "--foo=1")
        self.assertEqual(done.returncode, 1)
        self.assertIn('level=fatal msg="flag provided but not defined: -foo"', done.stderr)

    def test_wrong_values(self):
        stand_in = StandIn("https-listen-port: abc\n")
        self.addCleanup(stand_in.remove)
        done = self.run_binary("server", K3S_STAND_IN_ROOT=stand_in.root)
        self.assertEqual(done.returncode, 1)
        self.assertIn("level=fatal", done.stderr)
        self.assertIn("parse error", done.stderr)

    def test_other_commands(self):
        done = self.run_binary("check-config")
        self.assertEqual((done.returncode, done.stderr), (1, "k3s check-config: not in the stand-in\n"))

    def test_yaml(self):
        import importlib.util
        from importlib.machinery import SourceFileLoader

        sys.dont_write_bytecode = True
        loader = SourceFileLoader("stand_in", BINARY)
        module = importlib.util.module_from_spec(importlib.util.spec_from_loader("stand_in", loader))
        loader.exec_module(module)
        text = '# comment\n---\nnode-name: "a b"  # note\ntls-san:\n  - one\n  - "two"\ndisable: [traefik, "x,y"]\nempty:\nport: 1\nmode: 0644\n'
        self.assertEqual(module.parse_yaml(text), {"node-name": "a b", "tls-san": ["one", "two"], "disable": ["traefik", "x,y"],
                                                   "empty": "", "port": "1", "mode": "420"})
        self.assertEqual(module.parse_yaml('{"debug": true, "tls-san": ["a"], "port": 2}'), {"debug": "true", "tls-san": ["a"], "port": "2"})
        with self.assertRaises(module.Fatal):
            module.parse_yaml("key: |\n  text\n")


class Files(unittest.TestCase):
    """A server's files, certificates and notification."""

    def setUp(self):
        self.stand_in = StandIn("node-name: test\ntls-san:\n- one.example\nwrite-kubeconfig-mode: \"0640\"\ndisable:\n- traefik\nno-such: 1\n")
        self.addCleanup(self.stand_in.remove)

    def subject_names(self):
        return subprocess.run(["openssl", "x509", "-noout", "-ext", "subjectAltName", "-in", self.stand_in.tls("serving-kube-apiserver.crt")],
                              text=True, capture_output=True, check=True).stdout

    def test_start_and_stop(self):
        address = f"{self.stand_in.root}/notify"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.bind(address)
            notify.settimeout(15)
            self.stand_in.start(NOTIFY_SOCKET=address, K3S_STAND_IN_API_DELAY="1.5")
            eventually(lambda: os.path.exists(self.stand_in.kubeconfig))
            status, _, text = eventually(lambda: self.connected("/readyz"))
            self.assertEqual(status, 500)
            self.assertIn("[-]poststarthook/rbac/bootstrap-roles failed", text)
            self.assertEqual(notify.recv(100), b"READY=1\n")
        self.assertEqual(self.stand_in.get("/readyz")[0::2], (200, "ok"))
        checks = self.stand_in.get("/readyz?verbose")[2]
        self.assertIn("[+]etcd-readiness ok\n[+]informer-sync ok\n", checks)
        self.assertTrue(checks.endswith("[+]shutdown ok\nreadyz check passed\n"), checks)
        self.assertNotIn("[+]informer-sync", self.stand_in.get("/livez?verbose")[2])
        version = json.loads(self.stand_in.get("/version")[2])
        self.assertRegex(version["gitVersion"], rf"^v1\.{version['minor']}\.\d+\+k3s\d$")
        self.assertEqual(version["emulationMinor"], version["minor"])
        self.assertRegex(version["goVersion"], r"^go1\.\d+")
        status, headers, text = self.stand_in.get("/readyz", certificate=False)
        self.assertEqual((status, json.loads(text)["reason"]), (401, "Unauthorized"))
        self.assertLess(abs(time.mktime(time.strptime(headers["Date"], "%a, %d %b %Y %H:%M:%S GMT")) - time.mktime(time.gmtime())), 3)
        self.assertEqual(stat.S_IMODE(os.stat(self.stand_in.kubeconfig).st_mode), 0o640)
        self.assertEqual(stat.S_IMODE(os.stat(self.stand_in.tls("server-ca.key")).st_mode), 0o600)
        with open(self.stand_in.tls("..", "node-token"), encoding="utf-8") as file:
            self.assertRegex(file.read(), r"^K10[0-9a-f]{64}::server:[0-9a-f]{32}\n$")
        self.assertEqual(self.stand_in.stop(), 0)
        log = self.stand_in.log()
        for line in ("Unknown flag --no-such found in config.yaml", "this is the k3s stand-in", "k3s is up and running"):
            self.assertIn(line, log)

    def connected(self, path):
        try:
            return self.stand_in.get(path)
        except OSError:
            return None

    def test_names_of_the_certificate(self):
        self.stand_in.start()
        self.assertTrue(eventually(self.stand_in.is_ready))
        names = self.subject_names()
        for name in ("127.0.0.1", "localhost", "DNS:test", "one.example", "kubernetes.default", "10.43.0.1"):
            self.assertIn(name, names)
        self.stand_in.stop()
        with open(self.stand_in.tls("server-ca.crt"), encoding="utf-8") as file:
            authority = file.read()
        self.stand_in.start("--tls-san=two.example")
        self.assertTrue(eventually(self.stand_in.is_ready))
        self.assertIn("two.example", self.subject_names())
        with open(self.stand_in.tls("server-ca.crt"), encoding="utf-8") as file:
            self.assertEqual(file.read(), authority)

    def test_taken_port(self):
        with socket.create_server(("127.0.0.1", self.stand_in.port)):
            self.stand_in.start()
            self.assertEqual(self.stand_in.process.wait(10), 1)
        self.assertIn("bind: address already in use", self.stand_in.log())


class Installer(unittest.TestCase):
    """install.sh, with a systemctl that only takes notes."""

    @unittest.skipUnless(os.geteuid() == 0, "not run: install.sh wants root")
    def test_install(self):
        root = tempfile.mkdtemp(prefix="k3s-stand-in-")
        self.addCleanup(shutil.rmtree, root)
        os.makedirs(f"{root}/bin")
        with open(f"{root}/bin/systemctl", "w", encoding="utf-8") as file:
            file.write(f'#!/bin/sh\necho "$@" >>{root}/calls\n')
        os.chmod(f"{root}/bin/systemctl", 0o755)
        environment = {"PATH": f"{root}/bin:/usr/bin:/bin", "INSTALL_K3S_BIN_DIR": f"{root}/bin", "INSTALL_K3S_SYSTEMD_DIR": root,
                       "K3S_TOKEN": "secret", "INSTALL_K3S_EXEC": "--debug"}

        def install(*arguments, **more):
            return subprocess.run(["sh", f"{HERE}/install.sh", *arguments], env={**environment, **more}, capture_output=True, text=True, check=False)

        self.assertIn("INSTALL_K3S_SKIP_DOWNLOAD", install().stderr)
        self.assertIn("not found at", install(INSTALL_K3S_SKIP_DOWNLOAD="true").stderr)
        shutil.copy(BINARY, f"{root}/bin/k3s")
        done = install("--node-name=a b", INSTALL_K3S_SKIP_DOWNLOAD="true", INSTALL_K3S_SKIP_START="true")
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(f"{root}/calls", encoding="utf-8") as file:
            self.assertEqual(file.read(), f"daemon-reload\nenable {root}/k3s.service\n")
        with open(f"{root}/k3s.service", encoding="utf-8") as file:
            unit = file.read()
        self.assertIn(f'ExecStart={root}/bin/k3s "--debug" "--node-name=a b"'.replace("k3s \"--debug", 'k3s "server" "--debug'), unit)
        self.assertIn("Type=notify\n", unit)
        self.assertEqual(os.readlink(f"{root}/bin/crictl"), "k3s")
        self.assertEqual(stat.S_IMODE(os.stat(f"{root}/k3s.service.env").st_mode), 0o600)
        install(INSTALL_K3S_SKIP_DOWNLOAD="true")
        with open(f"{root}/calls", encoding="utf-8") as file:
            self.assertTrue(file.read().endswith("restart k3s\n"))


@needs_kubectl
class WithKubectl(unittest.TestCase):
    """One cluster, used as a person would."""

    @classmethod
    def setUpClass(cls):
        cls.stand_in = StandIn("node-name: test\ndisable: [traefik, servicelb]\n").start()
        cls.addClassCleanup(cls.stand_in.remove)
        if not eventually(cls.stand_in.is_ready):
            raise AssertionError(cls.stand_in.log())
        cls.kubectl = staticmethod(cls.stand_in.kubectl)
        cls.kubectl("wait", "--for=condition=Ready", "node/test", "--timeout=15s")

    def tearDown(self):
        self.assertNotIn("Traceback", self.stand_in.log())

    def test_node(self):
        header, row = self.kubectl("get", "nodes", "-o", "wide").splitlines()
        self.assertEqual(header.split()[:5], ["NAME", "STATUS", "ROLES", "AGE", "VERSION"])
        self.assertEqual(row.split()[:3], ["test", "Ready", "control-plane"])
        self.assertIn("kubelet is posting ready status", self.kubectl("describe", "node", "test"))
        status = json.loads(self.kubectl("get", "node", "test", "-o", "json"))["status"]
        self.assertEqual([c["type"] for c in status["conditions"]], ["MemoryPressure", "DiskPressure", "PIDPressure", "Ready"])
        self.assertTrue(status["features"]["supplementalGroupsPolicy"])
        self.assertEqual([handler["name"] for handler in status["runtimeHandlers"]], ["", "runc"])
        self.kubectl("cordon", "test")
        self.assertIn("Ready,SchedulingDisabled", self.kubectl("get", "nodes"))
        self.kubectl("uncordon", "test")

    def test_packaged_components(self):
        self.kubectl("-n", "kube-system", "wait", "--for=condition=Available", "deployment", "--all", "--timeout=20s")
        names = self.kubectl("-n", "kube-system", "get", "deploy", "-o", "name").split()
        self.assertEqual(names, [f"deployment.apps/{name}" for name in ("coredns", "local-path-provisioner", "metrics-server")])

    def test_workload(self):
        run = self.kubectl
        run("create", "namespace", "shop")
        self.assertIn("deployment.apps/web created", run("-n", "shop", "apply", "-f", "-", stdin=WEB))
        self.assertIn("deployment.apps/web unchanged", run("-n", "shop", "apply", "-f", "-", stdin=WEB))
        self.assertIn("successfully rolled out", run("-n", "shop", "rollout", "status", "deploy/web", "--timeout=20s"))
        run("-n", "shop", "scale", "deploy/web", "--replicas=4")
        run("-n", "shop", "wait", "--for=jsonpath={.status.readyReplicas}=4", "deploy/web", "--timeout=20s")
        run("-n", "shop", "set", "image", "deploy/web", "nginx=nginx:1.30")
        run("-n", "shop", "rollout", "status", "deploy/web", "--timeout=20s")
        run("-n", "shop", "rollout", "undo", "deploy/web")
        run("-n", "shop", "rollout", "status", "deploy/web", "--timeout=20s")
        self.assertEqual(run("-n", "shop", "get", "deploy", "web", "-o", "jsonpath={..image}"), "nginx:1.29")
        self.assertEqual(len(run("-n", "shop", "get", "rs", "-o", "name").split()), 2)
        self.assertIn("NewReplicaSetAvailable", run("-n", "shop", "describe", "deploy", "web"))
        self.assertIn("Endpoints:", run("-n", "shop", "describe", "svc", "web"))
        self.assertIn("Successfully assigned", run("-n", "shop", "get", "events"))
        self.assertEqual(len(run("-n", "shop", "logs", "deploy/web", "--tail=2").splitlines()[-2:]), 2)
        self.assertIn("nginx:1.29", run("-n", "shop", "get", "all", "-o", "wide"))
        run("delete", "namespace", "shop", "--timeout=20s")
        self.assertIn("No resources found", run("-n", "shop", "get", "all"))

    def test_watch(self):
        path = f"{self.stand_in.root}/watched"
        with open(path, "w", encoding="utf-8") as out:
            watcher = subprocess.Popen([KUBECTL, "get", "pods", "-w", "--no-headers"], env=self.stand_in.environment(), stdout=out)
        self.addCleanup(watcher.wait, 10)
        self.addCleanup(watcher.kill)

        def has(*row):
            with open(path, encoding="utf-8") as file:
                return any(line.split()[:3] == list(row) for line in file)

        self.kubectl("run", "seen", "--image=busybox", "--", "sleep", "1000")
        self.assertTrue(eventually(lambda: has("seen", "1/1", "Running")))
        self.kubectl("delete", "pod", "seen", "--timeout=20s")
        self.assertTrue(eventually(lambda: has("seen", "1/1", "Terminating")))

    def test_pods_that_end_or_fail(self):
        run = self.kubectl
        run("create", "job", "once", "--image=busybox", "--", "true")
        run("wait", "--for=condition=complete", "job/once", "--timeout=20s")
        run("run", "bad", "--image=no-such-image:1")
        self.assertTrue(eventually(lambda: "ImagePullBackOff" in run("get", "pod", "bad")))
        run("delete", "job/once", "pod/bad", "--timeout=20s")

    def test_errors(self):
        run = self.kubectl
        self.assertIn('Error from server (NotFound): pods "none" not found', run("get", "pod", "none", ok=False))
        self.assertIn("(AlreadyExists)", run("create", "namespace", "default", ok=False))
        self.assertIn("metadata.name: Invalid value", run("create", "configmap", "Bad_Name", ok=False))
        stale = json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "kube-root-ca.crt", "resourceVersion": "1"}, "data": {}})
        self.assertIn("the object has been modified", run("replace", "-f", "-", stdin=stale, ok=False))
        self.assertIn("may not be deleted", run("delete", "namespace", "kube-system", ok=False))
        nameless = json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"namespace": "default"}})
        self.assertEqual(self.stand_in.get("/api/v1/namespaces/default/configmaps", method="POST", body=nameless)[0], 422)

    def test_patches(self):
        run = self.kubectl
        run("create", "configmap", "patched", "--from-literal=a=1")
        run("patch", "configmap", "patched", "--type=merge", "-p", '{"data":{"b":"2"}}')
        run("patch", "configmap", "patched", "--type=json", "-p", '[{"op":"remove","path":"/data/a"}]')
        run("patch", "configmap", "patched", "-p", '{"data":{"c":"3"}}')
        text = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"patched"},"data":{"d":"4"}}'
        run("apply", "--server-side", "-f", "-", stdin=text)
        run("label", "configmap", "patched", "x=y")
        self.assertEqual(json.loads(run("get", "configmap", "-l", "x in (y),!z", "-o", "json"))["items"][0]["data"], {"b": "2", "c": "3", "d": "4"})
        run("delete", "configmap", "patched")


@needs_kubectl
class AfterPowerCut(unittest.TestCase):
    """kill -9, then the same cluster again."""

    def test_restart(self):
        stand_in = StandIn("node-name: test\ndisable: [traefik, metrics-server]\n").start()
        self.addCleanup(stand_in.remove)
        self.assertTrue(eventually(stand_in.is_ready), stand_in.log())
        run = stand_in.kubectl
        run("apply", "-f", "-", stdin=WEB)
        run("rollout", "status", "deploy/web", "--timeout=20s")
        before = run("get", "pods", "-o", "name")
        run("create", "configmap", "last", "--from-literal=a=b")
        stand_in.stop(signal.SIGKILL)
        with open(stand_in.kubeconfig, encoding="utf-8") as file:
            kubeconfig = file.read()
        stand_in.start(K3S_STAND_IN_NODE_DELAY="1.5")
        self.assertTrue(eventually(stand_in.is_ready), stand_in.log())
        self.assertIn("NotReady", run("get", "nodes"))
        self.assertIn("0/1", run("get", "pods", "-l", "app=web"))
        with open(stand_in.kubeconfig, encoding="utf-8") as file:
            self.assertEqual(file.read(), kubeconfig)
        self.assertEqual(run("get", "configmap", "last", "-o", "jsonpath={.data.a}"), "b")
        run("wait", "--for=condition=Ready", "pods", "--all", "-A", "--timeout=20s")
        self.assertEqual(run("get", "pods", "-o", "name"), before)
        self.assertEqual(run("get", "pods", "-o", "jsonpath={..restartCount}"), "1 1")
        self.assertIn("Ready", run("get", "nodes"))
        self.assertNotIn("Traceback", stand_in.log())


if __name__ == "__main__":
    unittest.main(verbosity=2)
