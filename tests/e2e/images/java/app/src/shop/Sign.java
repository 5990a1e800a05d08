// SPDX-License-Identifier: Apache-2.0
package shop;

import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import javax.imageio.ImageIO;

/** A sign for the door, drawn on a server without a screen. */
final class Sign {
    static byte[] draw(String text, String format) throws IOException {
        BufferedImage image = new BufferedImage(160, 40, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setColor(Color.YELLOW);
        graphics.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 20));
        graphics.drawString(text, 10, 28);
        graphics.dispose();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        if (!ImageIO.write(image, format, out)) throw new IOException("nothing writes " + format);
        return out.toByteArray();
    }

    private Sign() {}
}
