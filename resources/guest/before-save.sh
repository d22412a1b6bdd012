# Runs in the guest over SSH, as root, before the VM is saved.

# clock.sh looks more often for the next minutes: see there.
touch /run/k3s-vm-saving
systemctl restart k3s-vm-clock

# What is on disk anyway need not be in the saved memory. Freed pages go back to the host through the balloon's free page
# reporting, which takes blocks of pages: hence the compaction.
# https://docs.kernel.org/mm/free_page_reporting.html
sync
echo 3 >/proc/sys/vm/drop_caches
echo 1 >/proc/sys/vm/compact_memory
# Except what puts the clock right
date >/dev/null
