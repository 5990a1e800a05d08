// SPDX-License-Identifier: Apache-2.0
package shop;

/** Something that is sold. */
public record Item(String name, double price) {}
