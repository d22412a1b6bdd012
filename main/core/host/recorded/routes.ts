/** Routes as a Debian 12 machine prints them. */

/** `ip -json -4 route show table all` */
export const ipRoutes =
  '[{"dst":"default","gateway":"192.0.2.1","dev":"eth0","flags":[]},' +
  '{"dst":"192.0.2.0/24","dev":"eth0","protocol":"kernel","scope":"link","prefsrc":"192.0.2.2","flags":[]},' +
  '{"dst":"192.168.122.0/24","dev":"virbr0","protocol":"kernel","scope":"link","prefsrc":"192.168.122.1","flags":[]},' +
  '{"type":"local","dst":"127.0.0.0/8","dev":"lo","table":"local","protocol":"kernel","scope":"host","flags":[]},' +
  '{"type":"local","dst":"192.168.122.1","dev":"virbr0","table":"local","protocol":"kernel","scope":"host","flags":[]},' +
  '{"type":"broadcast","dst":"192.168.122.255","dev":"virbr0","table":"local","protocol":"kernel","scope":"link","flags":[]}]';

/** /proc/net/route */
export const procRoutes = `Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT                                                       
eth0	00000000	010200C0	0003	0	0	0	00000000	0	0	0                                                                               
eth0	000200C0	00000000	0001	0	0	0	00FFFFFF	0	0	0                                                                               
virbr0	007AA8C0	00000000	0001	0	0	0	00FFFFFF	0	0	0                                                                               
`;
