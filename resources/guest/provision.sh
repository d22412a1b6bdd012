# Runs once in the guest, from the read-only payload disk, after cloud-init: puts K3s in place, has the host keep a golden
# image of it where that is asked for, then gives the guest its identity and starts K3s.
# Safe to run again: every step overwrites what an interrupted run left.
set -eu

payload=$(dirname "$0")
run=/run/k3s-vm
state=/var/lib/k3s-vm
lib=/usr/local/lib/k3s-vm
mkdir -p "$state" "$lib"
exec >>"$state/provision.log" 2>&1

fail() {
  printf '%s\n' "$1" >"$state/failed"
  exit 1
}
rm -f "$state/failed"
trap 'status=$?; [ $status -eq 0 ] || [ -e "$state/failed" ] || fail "provision.sh ended with status $status: $(tail -n 1 "$state/provision.log")"' EXIT

install_k3s() {
  images=/var/lib/rancher/k3s/agent/images
  mkdir -p "$images"
  for archive in "$payload"/airgap-images.*; do
    [ -e "$archive" ] || continue
    cp "$archive" "$images/k3s-$(basename "$archive").part" || fail "no room for K3s' container images"
    mv "$images/k3s-$(basename "$archive").part" "$images/k3s-$(basename "$archive")"
  done

  # Written to a temporary file and renamed: a running binary cannot be overwritten, and an incomplete copy must never run.
  cp "$payload/k3s" /usr/local/bin/k3s.part || fail "no room for the K3s binary"
  chmod 0755 /usr/local/bin/k3s.part
  mv /usr/local/bin/k3s.part /usr/local/bin/k3s

  INSTALL_K3S_SKIP_DOWNLOAD=true INSTALL_K3S_SKIP_SELINUX_RPM=true INSTALL_K3S_SKIP_START=true \
    sh "$payload/install.sh" || fail "the K3s install script failed: $(tail -n 1 "$state/provision.log")"

  # K3s unpacks the programs within it at its first use.
  k3s crictl --version || :
}

unit() { # NAME: writes standard input as a unit that is started at boot
  cat >"/etc/systemd/system/$1"
  ln -sfn "../$1" "/etc/systemd/system/multi-user.target.wants/$1"
}

# Everything here is read at the daemon-reload of K3s' install script.
configure_guest() {
  mkdir -p /etc/systemd/system.conf.d /etc/systemd/timesyncd.conf.d /etc/systemd/system-generators \
    /etc/systemd/system/k3s.service.d /etc/systemd/system/multi-user.target.wants
  # A container whose first process ignores SIGTERM keeps a shutdown waiting for systemd's 90 s: nothing stops the pods
  # when K3s stops (https://docs.k3s.io/upgrades/killall), so systemd's last round does.
  printf '[Manager]\nDefaultTimeoutStopSec=10s\n' >/etc/systemd/system.conf.d/k3s-vm.conf
  printf '[Unit]\nRequires=k3s-vm.service\nAfter=k3s-vm.service\n[Service]\nTimeoutStopSec=30s\n' \
    >/etc/systemd/system/k3s.service.d/k3s-vm.conf

  # Without internet access it would look for time servers every 30 s, and the VM would never count as idle.
  printf '[Time]\nConnectionRetrySec=10min\n' >/etc/systemd/timesyncd.conf.d/k3s-vm.conf

  cp "$payload/guest.sh" "$payload/fill-disk.sh" "$payload/clock.sh" "$lib/"
  unit k3s-vm.service <<'END'
[Unit]
Description=Identity of this k3s-vm guest
DefaultDependencies=no
After=systemd-remount-fs.service
RequiresMountsFor=/home /usr/local /var/lib
Wants=network-pre.target
Before=network-pre.target systemd-networkd.service ssh.service sshd.service k3s.service shutdown.target
Conflicts=shutdown.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh /usr/local/lib/k3s-vm/guest.sh
END
  unit k3s-vm-disk.service <<'END'
[Unit]
Description=Root file system as large as the disk

[Service]
Type=oneshot
RemainAfterExit=yes
Nice=19
ExecStart=/bin/sh /usr/local/lib/k3s-vm/fill-disk.sh
END
  unit k3s-vm-clock.service <<'END'
[Unit]
Description=Clock of this k3s-vm guest, after a time it stood still
ConditionPathExists=/sys/class/rtc/rtc0/since_epoch
ConditionPathExists=/bin/bash

[Service]
Type=notify
NotifyAccess=all
Nice=-20
ExecStart=/bin/bash /usr/local/lib/k3s-vm/clock.sh
Restart=on-failure
RestartSec=60
END

  # cloud-init is no longer needed: at every boot K3s would wait for it.
  touch /etc/cloud/cloud-init.disabled
  ln -sfn /dev/null /etc/systemd/system-generators/cloud-init-generator
  # Everything else that only delays the boot: growing the disk before anything is up, the boot menu, a service manager for
  # our user at every SSH session, and jobs that maintain software, which is replaced together with the guest.
  touch /etc/growroot-disabled
  [ ! -e /boot/grub/grub.cfg ] || sed -i 's/^\( *set timeout=\)[1-9][0-9]*/\10/' /boot/grub/grub.cfg
  for unit in user@.service apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer man-db.timer e2scrub_all.timer \
    e2scrub_reap.service unattended-upgrades.service; do
    ln -sfn /dev/null "/etc/systemd/system/$unit"
  done
}

echo "$(date -Is) installing K3s from the payload disk"
configure_guest
install_k3s

if [ -e "$run/seed/golden" ]; then
  . "$payload/generalise.sh"
  offer_golden_image
fi
systemctl start k3s-vm || fail "the guest could not take its identity: $(journalctl -u k3s-vm -o cat -n 2 | head -n 1)"
systemctl start --no-block k3s k3s-vm-disk k3s-vm-clock
echo "$(date -Is) done"
umount -l "$payload"
