// SPDX-License-Identifier: Apache-2.0
package shop;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.ResourceBundle;
import java.util.concurrent.Executors;
import java.util.zip.GZIPOutputStream;

/** A small shop: pages from templates, texts in languages, exports by libraries that are loaded when asked for, drawings. */
public final class Main {
    private static final List<Item> ITEMS = List.of(new Item("Käse", 4.5), new Item("Brot", 3));

    private record Answer(int status, String type, byte[] body) {
        static Answer text(int status, String type, String body) {
            return new Answer(status, type + "; charset=utf-8", body.getBytes(StandardCharsets.UTF_8));
        }
    }

    public static void main(String[] arguments) throws IOException {
        int port = Integer.parseInt(System.getenv("PORT"));
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.setExecutor(Executors.newFixedThreadPool(2));
        server.createContext("/", Main::serve);
        server.start();
    }

    private static void serve(HttpExchange exchange) throws IOException {
        Answer answer;
        try {
            answer = answer(exchange.getRequestURI().getPath(), parameters(exchange.getRequestURI().getRawQuery()));
        } catch (Throwable failure) { // a library that cannot be loaded is an Error
            failure.printStackTrace();
            answer = Answer.text(500, "text/plain", failure.toString());
        }
        exchange.getResponseHeaders().set("Content-Type", answer.type);
        exchange.sendResponseHeaders(answer.status, answer.body.length);
        exchange.getResponseBody().write(answer.body);
        exchange.close();
    }

    private static Map<String, String> parameters(String query) {
        Map<String, String> values = new HashMap<>();
        for (String pair : query == null ? new String[0] : query.split("&")) {
            String[] parts = pair.split("=", 2);
            values.put(parts[0], parts.length < 2 ? "" : URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
        }
        return values;
    }

    private static Answer answer(String path, Map<String, String> query) throws Exception {
        Locale locale = Locale.forLanguageTag(query.getOrDefault("lang", "en"));
        switch (path) {
            case "/":
                ResourceBundle texts = ResourceBundle.getBundle("texts", locale);
                return page(200, "index", Map.of("welcome", texts.getString("welcome"), "count", ITEMS.size()));
            case "/opening":
                ZonedDateTime opens = ZonedDateTime.parse("2024-07-01T06:00:00Z")
                    .withZoneSameInstant(ZoneId.of(query.getOrDefault("zone", "UTC")));
                return Answer.text(200, "text/plain", DateTimeFormatter.ofPattern("EEEE HH:mm", locale).format(opens));
            case "/items.csv":
                String charset = query.getOrDefault("charset", "utf-8");
                return new Answer(200, "text/csv; charset=" + charset, Export.csv(ITEMS).getBytes(Charset.forName(charset)));
            case "/items.json":
                return Answer.text(200, "application/json", Export.json(ITEMS));
            case "/items.yaml":
                return Answer.text(200, "application/yaml", Export.yaml(ITEMS));
            case "/sign":
                String format = query.getOrDefault("format", "png");
                return new Answer(200, "image/" + format, Sign.draw(query.getOrDefault("text", "open"), format));
            case "/order":
                return order(query.get("item"));
            default:
                try {
                    return page(200, Path.of(path).getFileName().toString(), Map.of());
                } catch (NoSuchFileException missing) {
                    return page(404, "missing", Map.of("path", path));
                }
        }
    }

    /** Orders are appended to a journal of the day, which is compressed. */
    private static Answer order(String item) throws IOException {
        if (ITEMS.stream().noneMatch(one -> one.name().equals(item)))
            return page(400, "refused", Map.of("item", String.valueOf(item)));
        Path journal = Path.of("/var/lib/shop", LocalDate.now() + ".gz");
        try (var out = new GZIPOutputStream(Files.newOutputStream(journal))) {
            out.write(item.getBytes(StandardCharsets.UTF_8));
        }
        return page(201, "ordered", Map.of("item", item));
    }

    private static Answer page(int status, String name, Map<String, Object> values) throws IOException {
        String text = Files.readString(Path.of("templates", name + ".html"));
        for (var value : values.entrySet()) text = text.replace("${" + value.getKey() + "}", value.getValue().toString());
        return Answer.text(status, "text/html", text);
    }
}
