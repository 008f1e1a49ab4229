"""Pages on which staff edit the glossary and decide on proposed term pairs."""
