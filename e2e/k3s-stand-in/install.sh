#!/bin/sh
# Stand-in for the script of get.k3s.io, for k3s-vm's own tests only: sets up the service of a k3s binary that is
# already in place. It downloads nothing.
#
# usage: INSTALL_K3S_SKIP_DOWNLOAD=true sh install.sh [server] [flags]
#
# INSTALL_K3S_SKIP_DOWNLOAD   must be true
# INSTALL_K3S_SKIP_ENABLE     true: neither enable nor start the service
# INSTALL_K3S_SKIP_START      true: do not start the service
# INSTALL_K3S_EXEC            command and flags of the service, before the arguments of this script
# INSTALL_K3S_BIN_DIR         where k3s is and the links and scripts go: /usr/local/bin
# INSTALL_K3S_SYSTEMD_DIR     where unit and environment file go: /etc/systemd/system
# K3S_*                       kept in the service's environment file
set -eu

bin=${INSTALL_K3S_BIN_DIR:-/usr/local/bin}
units=${INSTALL_K3S_SYSTEMD_DIR:-/etc/systemd/system}
unit=$units/k3s.service

say() { echo "[INFO]  $*"; }
fail() {
  echo "[ERROR]  $*" >&2
  exit 1
}

[ "${INSTALL_K3S_SKIP_DOWNLOAD:-}" = true ] || fail 'the stand-in downloads nothing: set INSTALL_K3S_SKIP_DOWNLOAD=true'
[ -x "$bin/k3s" ] || fail "Executable k3s binary not found at $bin/k3s"
[ "$(id -u)" -eq 0 ] || fail 'run the stand-in as root'

# Flags alone are those of `k3s server`. K3S_URL makes an agent of the real K3s, which the stand-in is not.
# shellcheck disable=SC2086 # INSTALL_K3S_EXEC holds several words
set -- ${INSTALL_K3S_EXEC:-} "$@"
case ${1:-} in
  '' | -*) set -- server "$@" ;;
  server) ;;
  *) fail "the stand-in has no service for: k3s $1" ;;
esac

say "Skipping k3s download and verify: the stand-in is used, not K3s"

for name in kubectl crictl ctr; do
  if [ -e "$bin/$name" ]; then
    say "Skipping $bin/$name symlink to k3s, already exists"
  elif other=$(command -v $name); then
    say "Skipping $bin/$name symlink to k3s, command exists in PATH at $other"
  else
    say "Creating $bin/$name symlink to k3s"
    ln -s k3s "$bin/$name"
  fi
done

say "Creating killall script $bin/k3s-killall.sh"
cat >"$bin/k3s-killall.sh" <<END
#!/bin/sh
# Stops the k3s stand-in; it runs no containers, so nothing else is left running.
systemctl stop k3s.service
END

say "Creating uninstall script $bin/k3s-uninstall.sh"
cat >"$bin/k3s-uninstall.sh" <<END
#!/bin/sh
# Removes the k3s stand-in and the state of its cluster.
"$bin/k3s-killall.sh"
systemctl disable k3s.service
rm -f "$unit" "$unit.env"
systemctl daemon-reload
for name in kubectl crictl ctr; do
  [ "\$(readlink "$bin/\$name")" != k3s ] || rm -f "$bin/\$name"
done
rm -rf /etc/rancher/k3s /etc/rancher/node /var/lib/rancher/k3s
rm -f "$bin/k3s" "$bin/k3s-killall.sh" "$bin/k3s-uninstall.sh"
END
chmod 755 "$bin/k3s-killall.sh" "$bin/k3s-uninstall.sh"

say "env: Creating environment file $unit.env"
mkdir -p "$units"
: >"$unit.env"
chmod 600 "$unit.env"
env | grep '^K3S_' >>"$unit.env" || true

# systemd's quoting: each argument in double quotes.
arguments=
for argument in "$@"; do
  arguments="$arguments \"$(printf %s "$argument" | sed 's/[\\"]/\\&/g; s/[$%]/&&/g')\""
done

say "systemd: Creating service file $unit"
cat >"$unit" <<END
[Unit]
Description=Lightweight Kubernetes (k3s stand-in)
Wants=network-online.target
After=network-online.target

[Install]
WantedBy=multi-user.target

[Service]
Type=notify
EnvironmentFile=-$unit.env
KillMode=process
Delegate=yes
LimitNOFILE=1048576
LimitNPROC=infinity
LimitCORE=infinity
TasksMax=infinity
TimeoutStartSec=0
Restart=always
RestartSec=5s
ExecStart=$bin/k3s$arguments
END

systemctl daemon-reload
[ "${INSTALL_K3S_SKIP_ENABLE:-}" != true ] || exit 0
say 'systemd: Enabling k3s unit'
systemctl enable "$unit"
[ "${INSTALL_K3S_SKIP_START:-}" != true ] || exit 0
say 'systemd: Starting k3s'
systemctl restart k3s
