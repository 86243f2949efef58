"""What `bootstrap` puts a gateway together from: each module makes one of its parts."""
