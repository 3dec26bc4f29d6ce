package dev.doorbell.nvme.spec;

/** The Controller or Namespace Structure selector of Identify (NVMe Base 1.4, 5.15, figure 244). */
public final class Identify {
  public static final int SIZE = 4096;
  public static final int CNS_NAMESPACE = 0x00;
  public static final int CNS_CONTROLLER = 0x01;
  public static final int CNS_ACTIVE_NAMESPACES = 0x02;
  public static final int CNS_NAMESPACE_DESCRIPTORS = 0x03;

  /** Limits of an I/O command set, see {@link NvmLimits} (since NVMe 2.0). */
  public static final int CNS_COMMAND_SET_CONTROLLER = 0x06;

  /** Namespace Identification Descriptor types of CNS 03h (5.15.2.4). */
  public static final int NIDT_EUI64 = 1;

  public static final int NIDT_NGUID = 2;
  public static final int NIDT_UUID = 3;

  /** NSID that means every namespace. */
  public static final int NSID_ALL = 0xFFFFFFFF;

  private Identify() {}

  public static int cns(int cdw10) {
    return cdw10 & 0xFF;
  }
}
