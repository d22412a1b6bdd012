# Part of provision.sh: removes the identity of this guest, so that the host can copy its disk for other guests. Secrets,
# which must never be in such a copy, have not been written yet: see first-boot.sh.

# Deletes files below some folders. Zeros go first: free space is trimmed in larger pieces than a file may be.
wipe() {
  find "$@" -type f -exec shred --iterations=0 --zero --remove=unlink {} +
}

generalise() {
  # cloud-init's instance, and the network it configured: from now on guest.sh configures systemd-networkd. The running
  # network stays as it is.
  rm -rf /var/lib/cloud /etc/netplan/50-cloud-init.yaml /etc/systemd/network/10-cloud-init-* \
    /etc/network/interfaces.d/50-cloud-init /etc/udev/rules.d/70-persistent-net.rules
  rm -f /etc/hostname /var/lib/systemd/random-seed /var/lib/systemd/credential.secret
  sed -i '/^127\.0\.1\.1[[:space:]]/d' /etc/hosts
  # Links to what is in memory stay: the host must be able to log in again.
  find /etc/ssh -name 'ssh_host_*' -type f -delete
  home=$(getent passwd k3s-vm | cut -d: -f6)
  install -m 0644 "$run/seed/authorized_keys" "$run/authorized_keys"
  ln -sfn "$run/authorized_keys" "$home/.ssh/authorized_keys"
  rm -rf /root/.ssh /root/.*_history /home/*/.*_history /var/lib/dhcp/*
  rm -rf /etc/rancher/k3s /etc/rancher/node /var/lib/rancher/k3s/server

  # The journal stays in memory until the copy is made.
  journalctl --relinquish-var
  [ ! -d /var/log/journal ] || wipe /var/log/journal
  rm -rf /var/log/journal/*
  mv "$state/provision.log" "$run/provision.log"
  exec >>"$run/provision.log" 2>&1
  mkdir -p "$run/log"
  cp -a /var/log/. "$run/log/"
  wipe /var/log
  [ -L /var/lib/dbus/machine-id ] || rm -f /var/lib/dbus/machine-id
  cp /etc/machine-id "$run/machine-id"
  shred --iterations=0 --zero /etc/machine-id
  : >/etc/machine-id

  touch "$state/generalised"
  # Deleted data must not remain in free blocks, and trimmed blocks need not be copied.
  fstrim / || :
  sync
}

# Tells the host through watch.sh, and waits for it without a time limit: nothing secret may be written before the copy is
# done.
offer_golden_image() {
  if systemctl is-active --quiet systemd-networkd; then
    generalise
    echo ready >"$run/golden"
  else
    echo 'its network is not that of systemd-networkd' >"$run/golden"
  fi
  until [ -e "$run/go-on" ]; do sleep 0.1; done
  [ -e "$run/machine-id" ] || return 0
  cat "$run/machine-id" >/etc/machine-id
  cp -a "$run/log/." /var/log/
  journalctl --flush
  mv "$run/provision.log" "$state/provision.log"
  exec >>"$state/provision.log" 2>&1
}
