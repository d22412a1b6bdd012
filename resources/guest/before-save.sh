# Runs in the guest over SSH, as root, before the VM is suspended.

# Has clock.sh check more often for the next minutes.
touch /run/k3s-vm-saving
systemctl restart k3s-vm-clock

# Cached files need not be saved with the memory. Freed pages go back to the host through the balloon's free page
# reporting, which takes blocks of pages: hence the compaction.
# https://docs.kernel.org/mm/free_page_reporting.html
sync
echo 3 >/proc/sys/vm/drop_caches
echo 1 >/proc/sys/vm/compact_memory
# The clock is corrected with date right after the resume: keep it in memory
date >/dev/null
