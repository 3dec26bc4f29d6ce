package dev.doorbell.service.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.doorbell.vfio.PciAddress;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class YamlDrivesTest {
  @TempDir Path directory;

  @Test
  void readsUrisAndMapsInOneList() throws Exception {
    DoorbellConfig config =
        new Load()
            .yaml(
                directory,
                """
                drives:
                  - emulated:memory?size=1MiB
                  - name: fast
                    uri: nvme://0000:01:00.0/2
                  - namespaces:
                      - emulated:memory?size=4KiB
                      - uri: emulated:null?size=8KiB
                      - {image: disk.img, size: 1MiB, lba_size: 512}
                      - memory: true
                        size: 16KiB
                        readonly: true
                      - null_device: true
                        size: 32KiB
                """)
            .get();

    Backing memory = new Backing.Memory();
    Backing nothing = new Backing.NullDevice();
    Backing image = new Backing.Image(directory.resolve("disk.img"));
    assertEquals(
        List.of(
            new EmulatedDrive("nvme0", List.of(new NamespaceConfig(memory, 1 << 20, 4096, false))),
            new VfioDrive("fast", new PciAddress(0, 1, 0, 0), 2),
            new EmulatedDrive(
                "nvme2",
                List.of(
                    new NamespaceConfig(memory, 4096, 4096, false),
                    new NamespaceConfig(nothing, 8192, 4096, false),
                    new NamespaceConfig(image, 1 << 20, 512, false),
                    new NamespaceConfig(memory, 16384, 4096, true),
                    new NamespaceConfig(nothing, 32768, 4096, false)))),
        config.drives());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "drives: emulated:x|drives = \"emulated:x\"|must be a list of drive URIs or of maps with"
            + " name, uri, namespaces",
        "drives: [[a]]|drives[0]|must be a URI or a map with name, uri, namespaces",
        "drives: [{name: a}]|drives[0]|needs a uri, or namespaces with at least one entry",
        "drives: [{namespaces: []}]|drives[0]|needs a uri, or namespaces with at least one entry",
        "drives: [{uri: 'emulated:null?size=1M', namespaces: ['emulated:null?size=1M']}]|drives[0]|"
            + "has both uri and namespaces; give one of them",
        "drives: [{nam: a}]|drives[0].nam = \"a\"|unknown key; did you mean name?",
        "drives: [{colour: a}]|drives[0].colour = \"a\"|unknown key; allowed: name, uri, namespaces",
        "drives: [{name: a, name: b}]|drives[0].name = \"b\"|given twice, first in line 1",
        "drives: [{name: [a]}]|drives[0].name|must have a single value",
        "drives: [{name: }]|drives[0].name|must have a single value",
        "drives: [{namespaces: 1}]|drives[0].namespaces = \"1\"|must be a list of maps with uri,"
            + " image, memory, null_device, "
            + DrivesTest.PARAMETERS,
        "drives: [{namespaces: [[]]}]|drives[0].namespaces[0]|must be a URI or a map with uri,"
            + " image, memory, null_device, "
            + DrivesTest.PARAMETERS,
        "drives: [{namespaces: [{lba-size: 1}]}]|drives[0].namespaces[0].lba-size = \"1\"|unknown"
            + " key; did you mean lba_size?",
        "drives: [{namespaces: [{size: 4K}]}]|drives[0].namespaces[0]|needs one of image: PATH,"
            + " memory: true or null_device: true",
        "drives: [{namespaces: [{image: a, memory: true, size: 4K}]}]|drives[0].namespaces[0]|has"
            + " both image and memory; give one of them",
        "drives: [{namespaces: [{memory: false, size: 4K}]}]|drives[0].namespaces[0].memory ="
            + " \"false\"|must be true, or left out",
        "drives: [{namespaces: [{image: '', size: 4K}]}]|drives[0].namespaces[0].image = \"\"|must"
            + " be the path of a file",
        "drives: [{namespaces: [{image: \"a\\0\", size: 4K}]}]|drives[0].namespaces[0].image ="
            + " \"a?\"|is no path: Nul character not allowed",
        "drives: [{namespaces: [{memory: true}]}]|drives[0].namespaces[0]|needs a size, such as"
            + " size=1GiB, for it has no image",
        "drives: [{namespaces: [{uri: 'emulated:memory', size: 4K}]}]|drives[0].namespaces[0]|has a"
            + " uri and other keys besides; give one or the other",
        "drives: [{namespaces: ['nvme://0000:01:00.0']}]|drives[0].namespaces[0] ="
            + " \"nvme://0000:01:00.0\"|a namespace in a list must be emulated; nvme:// stands for a"
            + " drive",
      })
  void refusesAWrongDrive(String yaml, String what, String problem) {
    assertEquals(
        List.of(what + " (doorbell.yaml line 2): " + problem.replace("line 1", "line 2")),
        new Load().yaml(directory, "\n" + yaml).mistakes());
  }

  @Test
  void namesTheLineOfTheFieldThatIsWrong() {
    assertEquals(
        List.of(
            "drives[0].namespaces[0].size = \"x\" (doorbell.yaml line 4): must be a size in bytes,"
                + " such as 65536, 64KiB, 32MiB, 1GiB or 1TiB",
            "drives[0].namespaces[1].lba_size = \"1\" (doorbell.yaml line 7): must be 512, 1024,"
                + " 2048 or 4096"),
        new Load()
            .yaml(
                directory,
                """
                drives:
                  - namespaces:
                      - memory: true
                        size: x
                      - memory: true
                        size: 4096
                        lba_size: 1
                """)
            .mistakes());
  }

  @ParameterizedTest
  @CsvSource({"''", "A", "0a", "a b", "a/b", "aaaaaaaabbbbbbbbccccccccdddddddde", "ä"})
  void refusesANameThatIsNoPartOfAUrl(String name) {
    assertEquals(
        List.of(
            "drives[0].name = \""
                + name
                + "\" (doorbell.yaml line 1): must be 1 to 32 of a-z, 0-9, - and _, and begin with"
                + " a letter"),
        new Load()
            .yaml(directory, "drives: [{name: '" + name + "', uri: '" + Load.DRIVE + "'}]")
            .mistakes());
  }

  @Test
  void refusesANameTwice() {
    assertEquals(
        List.of(
            "drives[1].name = \"nvme1\" (doorbell.yaml line 3): is the name of drives[0] already"),
        new Load()
            .yaml(
                directory,
                """
                drives:
                  - {name: nvme1, uri: 'emulated:null?size=4K'}
                  - emulated:null?size=4K
                """)
            .mistakes());
  }
}
