"""The language server beside yaml-language-server, both driven as an editor drives them."""
