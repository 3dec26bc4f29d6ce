package dev.doorbell.service.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.doorbell.vfio.PciAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DrivesTest {
  /** What may follow the question mark of an emulated drive's URI. */
  static final String PARAMETERS =
      "size, lba_size, readonly, zone_size, zone_capacity, max_open, max_active, zone_append_max,"
          + " descriptor_extension_size, offline_zones, read_only_zones, cross_zone_reads";

  @TempDir Path directory;

  private static NamespaceConfig first(Drive drive) {
    return ((EmulatedDrive) drive).namespaces().get(0);
  }

  private Drive drive(String uri) throws Exception {
    return new Load().in(directory).drive(uri).get().drives().get(0);
  }

  private Path image(String name, int size) throws Exception {
    return Files.write(directory.resolve(name), new byte[size]);
  }

  @Test
  void readsTheFormsOfAUri() throws Exception {
    assertEquals(
        new NamespaceConfig(new Backing.Memory(), 1 << 30, 512, true),
        first(drive("emulated:memory?size=1GiB&lba_size=512&readonly=true")));
    assertEquals(
        new NamespaceConfig(new Backing.NullDevice(), 1L << 40, 4096, false),
        first(drive("emulated:null?size=1T&readonly=false")));
    assertEquals(
        new NamespaceConfig(new Backing.Image(directory.resolve("new.img")), 8192, 2048, false),
        first(drive("emulated:new.img?lba_size=2KiB&size=8192")));
    assertEquals(
        new VfioDrive("nvme0", new PciAddress(0, 1, 0, 0), 1), drive("nvme://0000:01:00.0"));
    assertEquals(
        new VfioDrive("nvme0", new PciAddress(0x10, 0xAB, 0x1F, 7), 0xFFFFFFFEL),
        drive("nvme://0010:ab:1f.7/4294967294"));
  }

  @ParameterizedTest
  @CsvSource({
    "./memory, memory",
    "a%20b, a b",
    "a%3Fb%25, a?b%",
    "%C3%BC, ü",
    "sub/../x.img, x.img"
  })
  void readsThePathOfAnImage(String path, String file) throws Exception {
    Backing backing = first(drive("emulated:" + path + "?size=4KiB")).backing();

    assertEquals(new Backing.Image(directory.resolve(file)), backing);
  }

  @Test
  void takesTheSizeOfAnImageThatExists() throws Exception {
    image("a.img", 12288);

    assertEquals(12288, first(drive("emulated:a.img")).size());
    assertEquals(12288, first(drive("emulated:a.img?size=12KiB&readonly=true")).size());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "disk.img|has no scheme; allowed: " + DriveUri.FORMS,
        ":x|has no scheme; allowed: " + DriveUri.FORMS,
        "file:disk.img|unknown scheme file; allowed: " + DriveUri.FORMS,
        "emulated:|names no image; allowed: " + DriveUri.FORMS,
        "emulated:?size=1M|names no image; allowed: " + DriveUri.FORMS,
        "emulated:a%2?size=1M|% must be followed by two hexadecimal digits, %25 for itself",
        "emulated:a%zz|% must be followed by two hexadecimal digits, %25 for itself",
        "emulated:null?sise=1M|unknown parameter sise; did you mean size?",
        "emulated:null?color=red|unknown parameter color; allowed: " + PARAMETERS,
        "emulated:null?size=1M&|unknown parameter (empty); allowed: " + PARAMETERS,
        "emulated:null?size|parameter size has no value; write size=VALUE",
        "emulated:null?size=1M&size=2M|parameter size is given twice",
        "nvme:0000:01:00.0|must be nvme://dddd:bb:dd.f/NSID, such as nvme://0000:01:00.0/1",
        "nvme://0000:01:00.0?nsid=1|takes no parameters; must be nvme://dddd:bb:dd.f/NSID",
        "nvme://01:00.0|the PCI address must be dddd:bb:dd.f in hexadecimal with a device up to 1f"
            + " and a function up to 7, such as 0000:01:00.0 (see lspci -D)",
        "nvme://0000:01:00.0/|the namespace identifier must be a whole number from 1 to 4294967294",
        "nvme://0000:01:00.0/0|the namespace identifier must be a whole number from 1 to 4294967294",
        "nvme://0000:01:00.0/4294967295|the namespace identifier must be a whole number from 1 to"
            + " 4294967294",
        "nvme://0000:01:00.0/n1|the namespace identifier must be a whole number from 1 to"
            + " 4294967294",
      })
  void refusesAWrongUri(String uri, String problem) {
    String list = "drives[0] = \"" + uri + "\" (environment variable DOORBELL_DRIVES): " + problem;

    assertEquals(
        List.of(list), new Load().in(directory).environment("DOORBELL_DRIVES", uri).mistakes());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "null?size=0|size = \"0\"|must be a positive multiple of the block size, 4096 bytes",
        "null?size=4097|size = \"4097\"|must be a positive multiple of the block size, 4096 bytes",
        "null?size=8388608T|size = \"8388608T\"|is too large: sizes end below 8388608TiB",
        "null?size=big|size = \"big\"|must be a size in bytes, such as 65536, 64KiB, 32MiB, 1GiB or"
            + " 1TiB",
        "null?size=4K&lba_size=256|lba_size = \"256\"|must be 512, 1024, 2048 or 4096",
        "null?size=4K&readonly=1|readonly = \"1\"|must be true or false",
        "none.img|image = \"none.img\"|no such file; give a size, such as size=1GiB, to create it",
        "none.img?readonly=true&size=1M|image = \"none.img\"|no such file; a read-only image must"
            + " exist",
        "no/a.img?size=1M|image = \"no/a.img\"|the directory DIR/no does not exist",
        ".?size=1M|image = \".\"|is not a regular file",
        "odd.img|image = \"odd.img\"|has 1000 bytes, which is no positive multiple of the block"
            + " size, 4096 bytes",
        "empty.img|image = \"empty.img\"|has 0 bytes, which is no positive multiple of the block"
            + " size, 4096 bytes",
        "a.img?size=16KiB|size = \"16KiB\"|the image exists and has 8192 bytes; leave the size out",
      })
  void refusesAWrongNamespace(String rest, String field, String problem) throws Exception {
    image("a.img", 8192);
    image("odd.img", 1000);
    image("empty.img", 0);
    String expected = "drives[0]." + field + " (option --drive): " + problem;

    assertEquals(
        List.of(expected.replace("DIR", directory.toString())),
        new Load().in(directory).drive("emulated:" + rest).mistakes());
  }

  @Test
  void needsASizeWhereThereIsNoImage() {
    String problem = " (option --drive): needs a size, such as size=1GiB, for it has no image";

    assertEquals(
        List.of("drives[0]" + problem, "drives[1]" + problem),
        new Load().drive("emulated:memory").drive("emulated:null").mistakes());
  }

  @Test
  void refusesWhatTwoDrivesCannotShare() throws Exception {
    image("a.img", 8192);
    Files.createSymbolicLink(directory.resolve("link.img"), directory.resolve("a.img"));

    assertEquals(
        List.of(
            "drives[1].image = \"link.img\" (option --drive): is the image of drives[0] already;"
                + " only readonly ones are shared",
            "drives[3] = \"nvme://0000:01:00.0/2\" (option --drive): the controller is driven as"
                + " drives[2] already"),
        new Load()
            .in(directory)
            .drive("emulated:a.img")
            .drive("emulated:link.img?readonly=true")
            .drive("nvme://0000:01:00.0")
            .drive("nvme://0000:01:00.0/2")
            .mistakes());
    Load shared = new Load().in(directory);
    for (int i = 0; i < 2; i++) {
      shared.drive("emulated:a.img?readonly=true");
    }
    assertEquals(2, shared.get().drives().size());
  }

  @Test
  void refusesAnImageItsUserMayNotUse() throws Exception {
    Path image = image("a.img", 8192);
    Files.setPosixFilePermissions(image, PosixFilePermissions.fromString("r--r--r--"));
    Assumptions.assumeFalse(Files.isWritable(image), "permissions do not bind the superuser");
    Load load = new Load().in(directory).drive("emulated:a.img");
    String what = "drives[0].image = \"a.img\" (option --drive): ";

    assertEquals(
        List.of(what + "cannot be written; make it writable or set readonly=true"),
        load.mistakes());
    Files.setPosixFilePermissions(image, PosixFilePermissions.fromString("---------"));
    assertEquals(List.of(what + "cannot be read"), load.mistakes());
    assertEquals(
        List.of("--config = \"a.img\": permission denied; must be a readable YAML file"),
        new Load().in(directory).config("a.img").mistakes());
  }
}
