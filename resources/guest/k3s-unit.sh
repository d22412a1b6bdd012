# Runs in the guest, at the head of the scripts that look at K3s' unit.
one_line() { tr '\n' ' ' | cut -c 1-600; }

k3s_unit() { # PROPERTY,...: what systemd says of it, as KEY=VALUE words
  systemctl show k3s --property="$1" 2>/dev/null | one_line
}

# Why K3s ended: what it called fatal, else its last error, else the last line that is not part of a stack trace.
k3s_reason() {
  journalctl -u k3s -o cat --no-pager -n 1000 | awk '
    /level=fatal|flag provided|^panic:|^F[0-9][0-9][0-9][0-9] / { fatal = $0 }
    /level=error|^E[0-9][0-9][0-9][0-9] / { error = $0 }
    !/^[[:space:]]|^goroutine |^created by |^$|^k3s\.service:|^systemd/ { last = $0 }
    END { print fatal ? fatal : error ? error : last }'
}
