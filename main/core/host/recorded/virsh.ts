/** What virsh 9.0.0 (`--quiet`, LC_ALL=C.UTF-8) printed on a Debian 12 machine. */

export const noDaemon = `error: failed to connect to the hypervisor
error: Failed to connect socket to '/nonexistent': No such file or directory
`;

export const permissionDenied = `error: failed to connect to the hypervisor
error: Failed to connect socket to '/var/run/libvirt/libvirt-sock': Permission denied
`;

export const sshRefused = `error: failed to connect to the hypervisor
error: Cannot recv data: ssh: connect to host 127.0.0.1 port 1: Connection refused: Connection reset by peer
`;

export const noNetwork = `error: failed to get network 'nope'
error: Network not found: no network with matching name 'nope'
`;

export const noPool = `error: failed to get pool 'nope'
error: Storage pool not found: no storage pool with matching name 'nope'
`;

export const noDomain = `error: failed to get domain 'nope'
error: Domain not found: no domain with matching name 'nope'
`;

export const networkActive = `error: Failed to start network default
error: Requested operation is not valid: network is already active
`;

export const poolActive = `error: Failed to start pool default
error: Requested operation is not valid: storage pool 'default' is already active
`;

export const noEmulator = `error: failed to get emulator capabilities
error: unsupported configuration: unable to find any emulator to serve 'aarch64' architecture
`;

export const networkXml = `<network>
  <name>default</name>
  <uuid>ddaa1841-c039-4a99-afca-9df025bbc87c</uuid>
  <forward mode='nat'>
    <nat>
      <port start='1024' end='65535'/>
    </nat>
  </forward>
  <bridge name='virbr0' stp='on' delay='0'/>
  <mac address='52:54:00:43:f1:cd'/>
  <ip address='192.168.122.1' netmask='255.255.255.0'>
    <dhcp>
      <range start='192.168.122.2' end='192.168.122.254'/>
    </dhcp>
  </ip>
</network>
`;

export const networkInfo = (active: 'yes' | 'no', autostart: 'yes' | 'no'): string => `Name:           default
UUID:           ddaa1841-c039-4a99-afca-9df025bbc87c
Active:         ${active}
Persistent:     yes
Autostart:      ${autostart}
Bridge:         virbr0

`;

export const poolXml = `<pool type='dir'>
  <name>default</name>
  <uuid>245f4246-893a-4fdb-af3c-66a8dda3ae05</uuid>
  <capacity unit='bytes'>270553174016</capacity>
  <allocation unit='bytes'>27035377664</allocation>
  <available unit='bytes'>243517796352</available>
  <source>
  </source>
  <target>
    <path>/var/lib/libvirt/images</path>
    <permissions>
      <mode>0711</mode>
      <owner>0</owner>
      <group>0</group>
    </permissions>
  </target>
</pool>
`;

export const poolInfo = `Name:           default
UUID:           245f4246-893a-4fdb-af3c-66a8dda3ae05
State:          running
Persistent:     yes
Autostart:      no
Capacity:       251.97 GiB
Allocation:     25.94 GiB
Available:      226.04 GiB

`;

export const poolInfoInactive = `Name:           p1
UUID:           53794a77-f402-4d9f-b60c-1d9c60a4b54a
State:          inactive
Persistent:     yes
Autostart:      no

`;

/** The beginning of it. */
export const domainCapabilities = `<domainCapabilities>
  <path>/usr/bin/qemu-system-x86_64</path>
  <domain>qemu</domain>
  <machine>pc-i440fx-7.2</machine>
  <arch>x86_64</arch>
  <vcpu max='255'/>
  <iothreads supported='yes'/>
</domainCapabilities>
`;
