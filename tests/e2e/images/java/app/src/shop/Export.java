// SPDX-License-Identifier: Apache-2.0
package shop;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;
import org.yaml.snakeyaml.Yaml;

/** Items in the formats that other programs read. */
final class Export {
    static String csv(List<Item> items) throws IOException {
        StringWriter out = new StringWriter();
        try (CSVPrinter printer = new CSVPrinter(out, CSVFormat.DEFAULT)) {
            for (Item item : items) printer.printRecord(item.name(), item.price());
        }
        return out.toString();
    }

    static String json(List<Item> items) {
        JsonArray array = new JsonArray();
        for (Item item : items) {
            JsonObject object = new JsonObject();
            object.addProperty("name", item.name());
            object.addProperty("price", item.price());
            array.add(object);
        }
        return new GsonBuilder().create().toJson(array);
    }

    static String yaml(List<Item> items) {
        List<Map<String, Object>> list = new ArrayList<>();
        for (Item item : items) list.add(new TreeMap<>(Map.of("name", item.name(), "price", item.price())));
        return new Yaml().dump(list);
    }

    private Export() {}
}
