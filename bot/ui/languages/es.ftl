# Lo que leen las personas, en español. Un mensaje por línea; { $nombres } se rellenan. https://projectfluent.org/fluent/guide/

## Esperar, dibujar, terminado

next-in-line = Eres **el siguiente** en la cola
number-in-line = Eres **el número { $place }** en la cola
paused-in-line = en pausa por el operador, conservas tu lugar
ready-soon = listo { $when }
updating = ⏸️ Lienzo se está actualizando. Conservas tu lugar; sigue solo.
drawing = Dibujando
almost-there = ya casi está
costs = cuesta { $credits }
costs-and-left = cuesta { $credits } · te quedan { $left }
without = sin { $what }
fact-seed = semilla **{ $seed }**
fact-seeds = semillas **{ $first }** a **{ $last }**
fact-steps = { $steps } pasos
fact-guidance = guía { $guidance }
fact-variation = variación { $percent } %
fact-image = a partir de una imagen, { $percent } % repintado
fact-control = guiada por { $name }, { $percent } %
fact-blended = { $count ->
        [one] según una imagen
       *[other] según { $count } imágenes
    }, { $percent } %
fact-mask = a partir de una imagen, { $percent } % repintado dentro de una máscara
fact-comparison = comparado: { $values }
fact-upscaled = ampliada { $times }×
unknown-words = Este pequeño modelo de demostración no conoce { $words }. Dibuja cosas sencillas; para todo lo demás, dale a Lienzo un modelo de verdad (mira el README).
ready-late = { $member }, tu imagen está lista:
exhibit = ⭐ **{ $stars }** · de { $member } · [donde se dibujó]({ $link })
thread-name = Sobre una imagen
preview-alt-text = Primer vistazo a una imagen que { $checkpoint } está dibujando a partir de: { $prompt }
alt-text = Imagen dibujada por { $checkpoint } a partir de: { $prompt }
ai-generated = hecha con IA

## Cómo puede acabar si no

ended-cancelled = ✖️ Cancelada. No ha costado nada.
ended-expired = ⌛ Esperó demasiado y salió de la cola. No ha costado nada.
ended-blocked = 🛡️ El filtro de seguridad retuvo esta imagen. Prueba con otra descripción.
ended-not-posted = ⚠️ Esta imagen se dibujó, pero no se puede publicar aquí. Está en tu `/history`, en cualquier canal donde Lienzo pueda responderte.
ended-failed = ⚠️ Esta imagen no se pudo dibujar. No ha costado nada; inténtalo otra vez.

## Seguridad

category-minors_sexual = contenido sexual y menores
category-age_ambiguous = contenido sexual con personas que pueden ser jóvenes
category-sexual = contenido sexual
category-upload_sexual = contenido sexual a partir de la imagen de alguien
category-real_person_sexual = contenido sexual con una persona real
category-disturbing = contenido perturbador
category-illegal = cosas ilegales
category-unknown_language = un idioma que aquí no se puede comprobar
category-violence_gore = violencia explícita
category-hate = contenido de odio
category-self_harm = autolesiones
category-other = { $category }
blocked-unavailable = La comprobación de seguridad no está disponible ahora, así que no se muestra nada. No ha costado nada; inténtalo más tarde.
blocked-broken_picture = La imagen salió rota. No ha costado nada; inténtalo con otra semilla.
blocked-unchecked = El operador no ha configurado una comprobación de imágenes, así que la imagen no se muestra. No ha costado nada. (Operador: ejecuta `lienzo doctor`.)
blocked-image = El filtro de seguridad retuvo la imagen: { $what }. Prueba con otra descripción.
blocked-prompt = El filtro de seguridad rechazó esta descripción: { $what }. No se ha cobrado nada.

## Negativas

refused-request = ⚠️ **{ $option }**: { $why }. No se ha cobrado nada.
refused-setting = ⚠️ **{ $option }**: { $why }. No se ha cambiado nada.
refused-not-manager = Solo quien puede gestionar este servidor puede hacer eso (el permiso se llama Gestionar servidor).
refused-not-operator = Solo quien opera este Lienzo puede hacer eso (`[queue] operators` en su configuración).
refused-not-yours-but-remix = Esta imagen es de otra persona. Para hacer la tuya a partir de ella: clic derecho en el mensaje (o mantenlo pulsado), luego **Aplicaciones** y **{ $menu }**.
refused-not-yours = Solo quien pidió esta imagen puede hacer eso.
refused-not-found = Ya no sé nada de esta imagen.
refused-finished = Demasiado tarde: esta imagen ya está terminada.
refused-over = Demasiado tarde: esta imagen ya está { $state }.
refused-models-busy = Lienzo todavía está respondiendo; inténtalo otra vez en un momento.
refused-nothing-selected = 🔎 No encontré en la imagen nada que sea { $words }. Prueba con otras palabras; lo mejor es una sola cosa, en inglés sencillo: *the dog*, *red car*.
refused-all-selected = 🔎 Toda la imagen parece ser { $words }: no hay nada alrededor. Prueba con el nombre de algo más pequeño.
refused-nothing-to-say = No salió nada que se pueda mostrar aquí. Inténtalo otra vez, o con otras palabras.
refused-closing = Lienzo se está reiniciando; pídelo otra vez en un minuto. No se ha cobrado nada.
unexpected = ⚠️ Algo ha fallado por nuestra parte.
unexpected-reference = ⚠️ Algo ha fallado por nuestra parte. Si se lo cuentas al operador, di `{ $reference }`.
state-queued = en espera
state-running = dibujándose
state-posting = publicándose
state-done = terminada
state-failed = fallida
state-cancelled = cancelada
state-blocked = bloqueada
state-expired = caducada

## Por qué se rechaza una opción

invalid-empty = está vacío; di qué dibujar
invalid-too-long = { $count } caracteres son demasiados; como mucho { $most }
invalid-outside = { $given } no es posible; usa de { $least } a { $most }
invalid-not-number = «{ $given }» no es posible; usa un número de { $least } a { $most }
invalid-not-whole-number = «{ $given }» no es posible; usa un número entero de { $least } a { $most }
invalid-no-size = «{ $given }» no es un tamaño; escribe ancho y alto en píxeles, como 512x512
invalid-not-multiple = { $pixels } no es múltiplo de { $multiple } píxeles
invalid-too-big = { $size } es demasiado grande para { $checkpoint }; como mucho { $most } píxeles en total, se le da bien { $sizes }
invalid-nothing-larger = { $checkpoint } no dibuja nada más grande que esto
invalid-too-many-pictures = { $given } imágenes a la vez no es posible; usa de 1 a { $most }
invalid-no-checkpoint = «{ $name }» no es un modelo de aquí; hay: { $known }
invalid-no-lora = «{ $name }» no es un LoRA para { $checkpoint } aquí; hay: { $known }
invalid-loras = nombra cada LoRA una vez, y como mucho { $most }
invalid-too-many-variations = ya se ha variado bastante; como mucho { $most } veces seguidas
invalid-no-control = elige un ControlNet para { $checkpoint }; hay: { $known }
invalid-needs-control-image = necesita una imagen que diga dónde va cada cosa; añádela como imagen_guía
invalid-no-blend = elige un IP-adapter para { $checkpoint }; hay: { $known }
invalid-needs-image = necesita una imagen de partida; añádela como imagen
invalid-black-mask = es negra por completo; pinta de blanco lo que hay que repintar
invalid-mask-of-other-size = tiene { $mask } píxeles y la imagen { $image }; pinta la máscara sobre la propia imagen, para que midan lo mismo
invalid-cut-off = está en lo que este tamaño recorta de la imagen; elige otro tamaño
invalid-with-mask = pinta alrededor de la imagen, y una máscara dentro de ella; omite una de las dos
invalid-masked-hires = una imagen con máscara no se amplía a la vez; amplía la terminada
invalid-no-strength = { $given } no es posible; usa más de 0 y como mucho 1
invalid-no-whole-step = { $given } de { $steps } pasos no es ni un paso entero; usa { $least } o más
invalid-too-many-bytes = { $mib } MiB son demasiados; como mucho { $most } MiB
invalid-too-many-pixels = demasiados píxeles; como mucho { $most } millones
invalid-too-large = { $given } píxeles son demasiados; como mucho { $side } por lado y { $most } millones en total
invalid-too-small = { $given } píxeles son muy pocos; al menos { $side } por lado
invalid-unreadable = esto no se puede leer como imagen; envía un archivo PNG, JPEG, WebP o GIF completo
invalid-not-handed-over = Discord no entregó el archivo; inténtalo otra vez
invalid-not-kept = aquello de lo que partió esta imagen ya no se guarda
invalid-no-uploads = aquí no se aceptan imágenes de partida, porque nada las comprueba
invalid-no-number = usa el número que muestra `/queue list`
invalid-wrong-channel = en este servidor las imágenes se piden en { $channels }
invalid-not-here = «{ $name }» no se permite aquí; hay: { $known }
invalid-no-uploads-here = aquí no se aceptan imágenes de partida
invalid-uploads-of-role = aquí solo se aceptan imágenes de partida de miembros de { $role }
invalid-no-preset = este servidor no tiene un estilo «{ $name }»; hay: { $known }
invalid-too-long-with-preset = con el estilo «{ $name }» llega a { $count } caracteres; como mucho { $most }
invalid-not-comparable = no se puede comparar; sí se puede: { $known }
invalid-how-many-values = da de dos a { $most } valores distintos separados por comas
invalid-no-value = «{ $given }» no es un valor de { $parameter }
invalid-for-adults = «{ $name }» se hizo para adultos; pídelo en un canal con restricción de edad
invalid-other = { $message }
setting-no-bonus = quien lleva este Lienzo no permite dar créditos extra
setting-more-than-nothing = da más de 0
setting-from-to = usa de { $least } a { $most }
setting-bonus-ceiling = un miembro puede tener como mucho { $most } sin usar, y ya tiene { $held }
setting-gift-in-server = elige a alguien de este servidor
setting-too-little-to-give = solo se pueden regalar créditos de bono tuyos; aquí tienes { $left }
setting-above-ceiling = { $given } son demasiados; quien lleva este Lienzo permite a un miembro { $most } en 24 horas
setting-above-server-ceiling = { $given } son demasiados; quien lleva este Lienzo permite a todo el servidor { $most } en 24 horas
setting-not-a-window = escríbelo como 10 minutes, 24 hours o 7 days, de 1 minuto a 31 días
setting-credits-or-unlimited = di cuántos, o pon sin límite
setting-policy-not-set = elige uno de los que muestra `/settings quota show`
setting-not-there = «{ $name }» no está; hay: { $known }
setting-no-size = «{ $given }» no es un tamaño; escribe ancho y alto en píxeles, como 512x512
setting-not-multiple = { $given }: el ancho y el alto deben ser múltiplos de { $multiple }
setting-too-big = { $given } es más de lo que puede ningún modelo de aquí; como mucho { $most } píxeles en total
setting-too-long = { $count } caracteres son demasiados; como mucho { $most }
setting-of-server-only = esto es para todo el servidor, no para un canal
setting-no-preset = este servidor no tiene un estilo «{ $name }»; `/preset list` los muestra
setting-no-preset-name = usa de 1 a { $most } letras, cifras, espacios y . ' & + -
setting-preset-there = ya hay un estilo «{ $name }»; `/preset edit` lo cambia
setting-too-many-presets = este servidor tiene { $most } estilos, y no caben más; quita uno antes
setting-empty-preset = di qué añade

## Botones y formularios

cancel = Cancelar
draw = Dibujar
draw-it = ¿La dibujo?
question-over = Esta pregunta ya pasó; pídelo otra vez. No se ha cobrado nada.
question-left = Queda sin dibujar. No se ha cobrado nada.
older = Anteriores
newest = Las más nuevas
action-reroll = Repetir
action-vary = Variar
action-upscale = Ampliar
action-edit = Editar
action-favourite = Favorita
action-info = Datos
action-delete = Borrar
short-vary = V
short-upscale = A
field-prompt = Qué dibujar
field-negative_prompt = Qué dejar fuera
field-seed = Semilla (vacía: una nueva)
field-steps = Pasos
field-guidance = Guía: con qué fidelidad seguir la descripción
edit-title = Editar esta imagen
remix-title = Haz la tuya a partir de ella
menu-remix = Remezclar
menu-upscale = Ampliar
menu-send = Enviármela
sent-to-you = ✉️ Enviada por mensaje directo.
not-sent-to-you = ✉️ No aceptas mensajes directos míos: permítelos en los ajustes de privacidad de este servidor y prueba otra vez.
menu-info = Datos de la imagen

## Imágenes que ya existen

kind-imagine = imaginada
kind-reroll = repetida
kind-variation = variada
kind-upscale = ampliada
kind-edit = editada
kind-remix = remezclada
info-prompt = 🖼️ **Descripción** { $prompt }
info-without = **Sin** { $prompt }
info-asked = pedida por { $member } { $when } · número `{ $number }`
info-drawn = dibujada en { $seconds } s
info-ancestors = **Hecha a partir de** { $list }
info-children = **De ella salieron** { $list }
file-says = El archivo dice:
file-says-nothing = No se sabe nada de esta imagen: no la dibujé yo y no lleva parámetros.
file-not-kept = Su archivo ya no se guarda.
favoured = ⭐ Ahora es una de tus favoritas: `/favourites` las muestra.
not-favoured = Ya no es una de tus favoritas.
deleted = 🗑️ Borrada. Ya no está en el historial de nadie.
taken-away = 🗑️ Borrada.
history-title = ### 🗂️ Tus imágenes
favourites-title = ### ⭐ Tus favoritas
searched = con { $words }
no-history = Todavía no has dibujado nada. ¡Prueba `/imagine`!
no-favourites = Todavía no tienes favoritas: el botón ⭐ bajo una imagen la convierte en una.
no-older = Esa era la más antigua.
nothing-such = No hay nada de ese tipo.
nothing-found = Nada con { $words } en su descripción.

## Créditos

credits = { $count ->
    [one] { $amount } crédito
   *[other] { $amount } créditos
 }
span-days = { $count ->
    [one] { $count } día
   *[other] { $count } días
 }
span-hours = { $count ->
    [one] { $count } hora
   *[other] { $count } horas
 }
span-minutes = { $count ->
    [one] { $count } minuto
   *[other] { $count } minutos
 }
span-seconds = { $count } segundos
too-many-waiting = ⏳ Ya tienes { $waiting } imágenes en espera; como mucho { $most } a la vez. Pide otra cuando termine alguna.
server-line-full = ⏳ En este servidor ya esperan { $waiting } imágenes; como mucho { $most }. Pide otra cuando se dibujen algunas. No se ha cobrado nada.
not-enough = 🪙 Esta imagen cuesta { $cost } y { $have } de { $whole } ({ $origin }). { $when }
in-window = { $credits } en { $span }
server-has-left = a este servidor le quedan { $credits }
you-have-left = te quedan { $credits }
you-have-left-with-bonus = te quedan { $credits } contando tu bono
enough-at = Habrá suficiente { $in } ({ $at }).
enough-never = Es más de lo que se permite en total: pide menos pasos o un tamaño menor.
enough-not-without-more = Sin un bono o un rol que permita más, no se puede dibujar nada.
origin-operator = fijado por el operador de este Lienzo para todos
origin-ceiling = lo máximo que el operador de este Lienzo permite a un miembro
origin-operator-pool = lo que el operador de este Lienzo permite a todo el servidor
origin-member = fijado para los miembros de este servidor
origin-role = por tu rol { $role }
origin-pool = compartido por todo este servidor
window = quedan **{ $left }** de { $whole } en { $span } · { $origin }
window-returns = los próximos vuelven { $when }
credits-of = Créditos de { $member }:
unlimited = 🪙 **Sin límite**
unlimited-for-role = 🪙 **Sin límite** por el rol { $role }
bonus = 🎁 **{ $credits }** de bono, hasta { $until }
bonus-for-everybody = 🎁 **{ $credits }** de bono para todos aquí, hasta { $until }
waiting-of = ⏳ { $waiting } de como mucho { $most } en espera o dibujándose.
that-costs = 🪙 Eso cuesta **{ $credits }**; tienes { $left }.
that-costs-unlimited = 🪙 Eso cuesta **{ $credits }**; tienes los que quieras.
granted = 🎁 { $member } puede usar { $credits } más en este servidor hasta { $until }.
grant-announced = 🎁 { $member }, has recibido **{ $credits }** de bono, hasta { $until }. ¡Que lo disfrutes!
gift-announced = 🎁 { $member }, { $giver } te ha regalado **{ $credits }** de bono, hasta { $until }. ¡Que lo disfrutes!
every-member = cada miembro
the-whole-server = todo el servidor
policy-unlimited = sin límite
policy-waiting = { $most } en espera a la vez
set-by-managers = **Fijado por los gestores de este servidor**
set-by-nobody = nada; valen los valores del operador
set-by-whom = por { $member } { $when }
set-by-operator = **Fijado por el operador de este Lienzo**
operator-default = cada miembro: { $credits } en { $span }
operator-default-else = cada miembro: { $credits } en { $span } (donde lo de arriba no diga otra cosa)
operator-waiting = { $most } imágenes de un miembro en espera o dibujándose a la vez
operator-ceiling = como mucho { $credits } en 24 horas para un miembro, se fije o se dé aquí lo que sea
operator-server = como mucho { $credits } en 24 horas para todo el servidor
operator-server-waiting = como mucho { $most } imágenes en espera en este servidor
best-of-all = Cada miembro tiene lo que más le deje entre lo general y sus roles.
policy-set = ✅ { $policy }. `/settings quota show` lo muestra todo.
policy-removed = ✅ Quitado. `/settings quota show` muestra lo que vale ahora.

## Estilos

preset-added = ✅ { $name } está listo. Se elige con `/imagine estilo:`.
preset-changed = ✅ { $name } ha cambiado. Lo dibujado con él se queda como está.
preset-removed = ✅ { $name } ya no está. Lo dibujado con él se queda como está.
presets-none = Este servidor aún no tiene estilos. Quien lo gestiona los crea con `/preset add`.
presets-here = 🎨 **{ $count } estilos**, se eligen con `/imagine estilo:`
presets-more = … y { $count } más; `/preset list nombre:` muestra uno.
preset-title = Editar el estilo
field-preset-prompt = Qué añade; {"{prompt}"}: lo que se escribe
field-preset-negative_prompt = Qué deja fuera
fact-preset = estilo { $name }
info-preset = **Estilo** { $name }: { $prompt }

## Lo que cada cual prefiere

defaults-none = 🎛️ No has elegido nada: donde no escribes nada vale lo habitual de cada sitio. Lo cambias con `/defaults set`.
defaults-title = 🎛️ **Donde no escribes nada, para ti vale:**
default-not-here = aquí no cuenta
default-private = solo lo ves tú
default-public = lo ven todos
defaults-explained = Lo que un sitio no permite, o no va con lo que escribes, se pasa por alto allí. `/defaults reset` retira uno o todos.
setting-nothing-given = di al menos uno, por ejemplo el tamaño

## Reglas de la casa

rules-of-server = 🏠 **Cómo funciona Lienzo en este servidor**
rules-of-channel = 🏠 **Cómo funciona Lienzo en { $channel }**
rules-of-others = En { $channels } rigen otras reglas.
rules-change = Cambiar una de estas…
rules-place = Reglas de un canal…
rules-whole-server = Todo el servidor
rules-reset = Restablecer
rules-back = Volver
rules-role = Solo miembros de un rol…
rules-field = Vacío: como es sin ello
gallery-refused = ⚠️ La última imagen no se pudo mostrar en { $channel }. Lienzo tiene que verlo, poder escribir allí y adjuntar archivos.
rules-set = ✅ { $setting }
source-operator = operador
source-server = este servidor
source-channel = este canal
value-every-channel = todos los canales
value-as-model = como prefiera cada modelo
value-none = ninguno
value-on = activado
value-off = desactivado
value-never = nunca
value-above = por encima de { $credits }
value-everyone = todos
value-nobody = nadie
value-language-of-server = como dice Discord de este servidor
language-en = Inglés
language-es = Español
rule-channels = Canales
rule-what-channels = Dónde se puede usar Lienzo; en todas partes si no se elige ninguno
rule-checkpoints = Modelos
rule-what-checkpoints = Qué modelos pueden usar los miembros
rule-loras = LoRAs
rule-what-loras = Qué LoRAs pueden añadir los miembros
rule-sizes = Tamaños
rule-what-sizes = Qué tamaños se pueden pedir, como 512x512; Ampliar sigue desde ahí
rule-most_pictures = Imágenes a la vez
rule-what-most_pictures = Cuántas imágenes puede hacer una petición
rule-most_steps = Pasos
rule-what-most_steps = Cuántos pasos se pueden pedir como mucho
rule-checkpoint = Modelo habitual
rule-what-checkpoint = Qué modelo dibuja si nadie nombra otro
rule-size = Tamaño habitual
rule-what-size = Qué tamaño se dibuja si nadie nombra otro
rule-negative_prompt = Lo que se suele evitar
rule-what-negative_prompt = Lo que se deja fuera si nadie dice otra cosa
rule-uploads = Imágenes de partida
rule-what-uploads = Quién puede aportar imágenes de partida
rule-confirm_above = Preguntar antes de dibujar
rule-what-confirm_above = Por encima de este coste en créditos se pregunta antes de gastarlos
rule-language = Idioma
rule-what-language = En qué idioma habla Lienzo donde todos leen
rule-previews = Primeros vistazos
rule-what-previews = Mientras se dibuja una imagen, se ve cómo va quedando
rule-threads = Hilos
rule-what-threads = Un hilo bajo cada imagen terminada, para hablar de ella
rule-gallery = Galería
rule-what-gallery = El canal en el que se muestran las imágenes que más gustan
rule-reviews = Canal para moderadores
rule-what-reviews = Donde se les pregunta por lo rechazado y se les avisa de denuncias
rule-log = Registro
rule-what-log = El canal en el que se escribe todo lo que hacen los moderadores
rule-stars = Estrellas para la galería
rule-what-stars = A cuántos otros miembros debe gustar una imagen para mostrarse allí
arrival =
    👋 **Lienzo ya está aquí.** Escribe `/imagine` y di qué dibujar; `/help` es una primera lección.
    🛡️ `/safety show` dice qué se dibuja aquí y qué no. Una imagen se denuncia desde su menú: **Aplicaciones**, **Denunciar**.
    🏠 Para quien gestiona el servidor: `/settings guide` dice cómo elegir canales, modelos, límites y más.
guide =
    👋 **Lienzo está listo.** Esto se muestra una vez a quien gestiona el servidor; `/settings guide` lo muestra otra vez.
    🎨 Los miembros escriben `/imagine` y dicen qué dibujar. Debajo de cada imagen están sus botones; `/help` es una primera lección.
    🏠 En `/settings show` eliges canales, modelos, tamaños, límites, una galería y más, también para un solo canal. `/settings quota` dice cuánto pueden dibujar los miembros, `/preset add` les da estilos.
    🛡️ Lo que se pide y lo que sale se comprueba, para todos y siempre; una negativa es privada y dice por qué. En `/safety` eliges con qué rigor, en `/moderate` qué se hace con los miembros. Lo que permitas no pasa de lo que permite el operador de este Lienzo.

## Privacidad

holdings-none = 🗂️ No se guarda nada de ti.
holdings = 🗂️ De ti Lienzo guarda **{ $generations }** generaciones{ $since }: qué pediste, los ajustes, cuándo, dónde y en qué quedó; **{ $pictures }** imágenes ({ $mebibytes } MiB); y **{ $incidents }** notas de que el filtro de seguridad detuvo algo, sin su texto.
holdings-since = , la primera del { $when }
holdings-more = `/privacy export` te lo da todo en un archivo, `/privacy delete` lo borra. Nada sale del ordenador donde corre este bot, pero lo publicado aquí está en Discord.
exported = 🗂️ Todo lo que se guarda de ti.
exported-not-all = 🗂️ Todo lo que se guarda de ti. { $count } imágenes más antiguas no cabían; pídeselas al operador.
forget-question = ¿Borrar todas tus descripciones, ajustes e imágenes que Lienzo guarda? Lo que espera o se está dibujando se cancela. No se puede deshacer.
forget = Borrarlo todo
forgetting = 🗑️ Borrando…
forgotten = 🗑️ Borradas: { $count } generaciones con sus descripciones e imágenes. Quedan dos cosas: cuántos créditos usaste las últimas semanas (para que las cuotas sean justas; desaparece cuando ya no cuenta) y notas de lo que detuvo el filtro de seguridad (sin el texto). Los mensajes con imágenes publicadas son de Discord: bórralos allí.

## La cola, para operadores

queue = 🗂️ { $running } dibujándose, { $posting } publicándose, { $waiting } en espera
queue-paused-mark = **en pausa**
queue-drawing = dibujándose
queue-posting = publicándose
queue-waiting = en espera
queue-entry = { $title } · { $member } · desde { $when } · { $steps } pasos, { $size }
queue-more = … y { $count } más { $title }
queue-paused = ⏸️ En pausa. Lo que se está dibujando se termina; a quien espera se le dice, y conserva su lugar.
queue-resumed = ▶️ Sigue.
queue-draining = ⏳ En pausa; esperando a lo que se dibuja y se publica…
queue-drained = ✅ Ya no se dibuja ni se publica nada. Puedes parar Lienzo; `/queue resume` continúa.
queue-not-drained = ⌛ En pausa, pero algo sigue o no se puede publicar: mira `/queue list`.
queue-cancelled = ✖️ Cancelada.

## Órdenes, como Discord las lista (como mucho 100 caracteres)

command-imagine = Dibuja una imagen de lo que describes
option-prompt = Qué dibujar
option-negative_prompt = Qué dejar fuera de la imagen
option-seed = La misma semilla y ajustes dan la misma imagen; déjala vacía para una sorpresa
option-size = Ancho x alto; el primero es lo que mejor hace el modelo
option-steps = Más pasos tardan y cuestan más
option-guidance = Con qué fidelidad seguir la descripción
option-count = Cuántas imágenes, con semillas seguidas
option-checkpoint = Qué modelo la dibuja
option-image = Una imagen de partida
option-strength = Cuánto de esa imagen se repinta, de 0 a 1
option-mask = Blanco donde se repinta, negro donde se conserva; tan grande como la imagen
option-expand = Pinta alrededor de la imagen: 1.5 muestra la mitad más, con la imagen en el centro
option-lora = Un estilo que añadir
command-control = Dibujar con una imagen que dice dónde va cada cosa: un contorno, una pose, un mapa de profundidad
option-control_image = La imagen que dice dónde va cada cosa
option-control = Qué ControlNet la lee
option-control_strength = Con qué fuerza guía; 1 es como se hizo
command-blend = Dibujar a la manera de una imagen, o de varias mezcladas
option-first = Una imagen a la que se ha de parecer
option-second = Otra, mezclada con la primera
option-third = Una tercera
option-blend = Qué IP-adapter las lee
option-blend_strength = Cuánto cuentan las imágenes junto a las palabras, de 0 a 1
command-cutout = Lo que nombras en una imagen queda y lo demás se vuelve transparente; solo tú lo ves
option-cutout-what = Lo que queda, en pocas palabras en inglés: the dog
command-repaint = Pintar de nuevo solo lo que nombras en una imagen
option-repaint-what = Lo que se repinta, en pocas palabras en inglés: the red car
option-lora_strength = Con qué fuerza actúa el estilo; 1 es como se hizo
option-private = Solo tú la ves
command-preset = Estilos de este servidor: descripciones con nombre
command-preset-add = Crear un estilo (para quien gestiona este servidor)
command-preset-edit = Cambiar un estilo (para quien gestiona este servidor)
command-preset-remove = Quitar un estilo (para quien gestiona este servidor)
command-preset-list = Los estilos de este servidor
option-preset = Un estilo de este servidor
option-preset-name = Cómo lo eligen los miembros
option-preset-prompt = Qué añade; {"{prompt}"} es lo que se escribe, y sin ello va detrás
option-preset-negative_prompt = Qué deja fuera de la imagen
option-preset-which = Cuál
option-preset-one = Uno de ellos, entero
command-defaults = Lo que vale para ti donde no escribes nada
command-defaults-show = Lo que has elegido
command-defaults-set = Elige uno o más; valen en todas partes, hasta donde cada sitio lo permite
command-defaults-reset = Retira uno o todos
option-default-which = Cuál; todos si se deja vacío
command-history = Tus imágenes, las más nuevas primero
command-favourites = Tus favoritas, las más nuevas primero, las dibuje quien las dibuje
option-kind = Solo lo que surgió así
option-of-checkpoint = Solo lo que dibujó este modelo
name-kind = tipo
option-search = Palabras de la descripción, o sus comienzos
command-show = Una imagen, grande, con todo lo que se puede hacer con ella
option-number = Su número, como lo dice el botón Datos
command-privacy = Qué guarda Lienzo de ti, y qué decides tú
command-privacy-show = Qué se guarda de ti
command-privacy-export = Todo lo que se guarda de ti, en un archivo
command-privacy-delete = Borrar lo que se guarda de ti
command-queue = Para quien opera este Lienzo: qué espera y qué corre, y cómo detenerlo
command-queue-list = Qué espera y qué se está dibujando
command-queue-pause = No dibujar nada más hasta reanudar; quien espera conserva su lugar, también tras reiniciar
command-queue-resume = Seguir tras una pausa
command-queue-drain = Pausar, y decir cuándo ya no se dibuja nada
command-queue-cancel = Terminar una generación; no cuesta nada
option-generation = El número que muestra /queue list
command-quota = Créditos: qué queda, qué cuestan las cosas y cómo dar más
command-quota-show = Qué te queda, de dónde viene y cuándo vuelve más
command-quota-cost = Qué costaría una imagen, sin dibujarla
command-quota-give = Regalar a otro miembro parte de tus créditos de bono
command-quota-of = Qué le queda a un miembro (para gestores de este servidor)
option-of-member = De quién
command-quota-grant = Dar un bono de créditos a un miembro (para gestores de este servidor)
option-grant-member = Quién los recibe
option-grant-credits = Cuántos; uno es una imagen de tamaño y pasos normales
option-grant-days = Durante cuánto tiempo se pueden usar
option-grant-reason = Se le muestra al miembro en /quota show
command-settings = Para gestores de este servidor: cómo funciona Lienzo aquí
command-settings-quota = Cuánto pueden dibujar los miembros aquí
command-settings-quota-show = Qué vale aquí, y de dónde viene
command-settings-quota-members = Qué tiene cada miembro aquí
command-settings-quota-role = Qué tienen los miembros de un rol, si es más
command-settings-quota-server = Qué tienen juntos todos los miembros de este servidor
command-settings-quota-remove = Quitar uno de estos
option-setting-role = De quién
option-setting-credits = Cuántos en la ventana; uno es una imagen de tamaño y pasos normales
option-setting-unlimited = Tantos como quieran, hasta lo que el operador permita
option-setting-window = En cuánto tiempo, por ejemplo 10 minutos, 24 horas o 7 días; 24 horas si se deja vacío
option-setting-waiting = Cuántas imágenes puede tener un miembro en espera o dibujándose a la vez
option-setting-which = Uno de los que están fijados
command-settings-show = Qué rige aquí y de dónde viene, y cambiarlo
command-settings-guide = Cómo funciona Lienzo, en breve
option-setting-channel = De un canal en vez de todo el servidor

## Las opciones por su nombre, como las muestra Discord (minúsculas, sin espacios, 32 como mucho)

name-prompt = descripción
name-negative_prompt = sin
name-seed = semilla
name-size = tamaño
name-count = cuántas
name-checkpoint = modelo
name-image = imagen
name-strength = fuerza
name-what = qué
name-mask = máscara
name-expand = ampliar
name-lora = lora
name-control = control
name-control_image = imagen_guía
name-control_strength = fuerza_guía
name-blend = mezcla
name-blend_strength = fuerza_mezcla
name-first = primera
name-second = segunda
name-third = tercera
name-loras = lora
name-lora_strength = fuerza_lora
name-steps = pasos
name-guidance = guía
name-private = privada
name-search = buscar
name-number = número
name-generation = generación
name-member = miembro
name-credits = créditos
name-days = días
name-reason = motivo
name-role = rol
name-unlimited = sin_límite
name-window = periodo
name-waiting = en_espera
name-which = cuál
name-variations = variaciones
name-hires = ampliación
name-channel = canal
name-preset = estilo
name-name = nombre

category-borderline = contenido insinuante
category-harassment = acoso
category-public_figure = personajes públicos
category-custom = algo que este servidor no permite
category-withheld_before = una descripción cuyas imágenes ya se retuvieron
category-taken_down = una imagen que se retiró aquí
blocked-review = En este servidor un moderador tiene que ver antes esta descripción: { $what }. No se cobró nada.
refusal-edit = Editar
refusal-ask = Preguntar a un moderador

## Moderation: what members read

refused-paused = ⏸️ No puedes pedir imágenes { $where } hasta { $when }. El motivo: { $reason }.
refused-banned = ⛔ Ya no puedes pedir imágenes { $where }. El motivo: { $reason }.
refused-cooling-down = ⏸️ El filtro de seguridad te detuvo varias veces. Podrás seguir { $when }.
in-this-server = en este servidor
everywhere = en ningún sitio
no-reason = no se dio ninguno
ended-restricted = ✖️ Los moderadores lo detuvieron.
appeal-too-often = Hoy ya preguntaste a los moderadores tantas veces como se puede. Edita tu descripción o vuelve a preguntar mañana.
appeal-no-review-channel = A los moderadores de este servidor no se les puede preguntar así. (Eligen un canal para ello con `/settings show`.)
appeal-not-here = Ningún moderador puede dejar pasar esto.
appeal-forgotten = Ha pasado demasiado tiempo. Pide la imagen otra vez y pulsa el botón enseguida.
appeal-own = Sobre tu propia descripción tiene que decidir otra persona.
appeal-asked = 🛡️ Se ha preguntado a los moderadores. Te llegará un mensaje directo cuando decidan; tienen { $hours } horas.
appeal-approved = 🛡️ Un moderador deja pasar tu descripción: pídela otra vez en { $channel }, con las mismas palabras, antes de { $hours } horas.
appeal-denied = 🛡️ Un moderador vio tu descripción en { $channel } y no la deja pasar. (Preguntado en las últimas { $hours } horas.)
reported = 🚩 Gracias. Los moderadores ya lo saben.
reported-before = 🚩 Ya habías denunciado esta imagen. Los moderadores lo saben.
reported-hidden = 🚩 Gracias. La imagen está oculta.
report-form = Denunciar esta imagen
field-reason = ¿Qué tiene de malo?

## Moderation: what moderators read

refused-not-moderator = Eso solo pueden hacerlo los moderadores de este servidor (el permiso se llama Gestionar mensajes).
refused-not-restricted = No hay nada que levantar: este miembro puede pedir imágenes.
refused-decided = Esto ya está decidido, o es demasiado antiguo.
setting-yourself = eres tú
setting-pause-needs-end = di por cuánto tiempo, hasta un año; para siempre está `/moderate ban`
setting-too-many-phrases = { $most } frases son el máximo; quita una antes
setting-no-such-phrase = no hay tal frase; `/moderate phrase list` las muestra
setting-phrase-length = de 2 a { $most } caracteres
setting-no-such-category = no hay tal categoría
setting-no-such-action = no hay tal acción
setting-no-such-preset = no hay tal política
lienzo-itself = Lienzo
until-lifted = hasta que un moderador lo levante
until-when = hasta { $when }
moderated-pause = ⏸️ { $member } no puede pedir imágenes { $where } { $until }. Lo que tenía en espera se cancela.
moderated-ban = ⛔ { $member } no puede pedir imágenes { $where } { $until }. Lo que tenía en espera se cancela.
moderated-lift = ✅ { $member } puede pedir imágenes otra vez.
moderated-note = 📝 Anotado sobre { $member }; los moderadores lo ven con `/moderate history`.
record-title = { $strikes ->
    [one] 🗂️ { $member } · el filtro de seguridad le detuvo una vez en { $days } días
   *[other] 🗂️ { $member } · el filtro de seguridad le detuvo { $strikes } veces en { $days } días
 }
record-empty = Todavía no se hizo nada.
taken-down = { $count ->
    [one] 🗑️ La imagen se retiró. Aquí no se volverá a dibujar ni a publicar.
   *[other] 🗑️ Se retiraron { $count } imágenes: esa y las que salieron de ella. Aquí no se volverán a dibujar ni a publicar.
 }
review-title = 🛡️ { $member } pregunta por una descripción que se rechazó: **{ $category }**
review-facts = regla `{ $rule }`, { $score } · hay que decidir { $when } como muy tarde · la descripción está tras el spoiler
review-approve = Dejar pasar una vez
review-phrase = Permitir una frase
review-deny = Rechazar
review-pause = Rechazar y pausar un día
phrase-title = Una frase que este servidor permite
field-phrase = Estas palabras, tal como están, pasan
decided-approve = ✅ { $moderator } dejó pasar una vez la descripción de { $member } ({ $category }).
decided-phrase = ✅ { $moderator } dejó pasar la descripción de { $member } y, desde ahora, una frase de ella ({ $category }).
decided-deny = ✖️ { $moderator } no dejó pasar la descripción de { $member } ({ $category }).
decided-pause = ✖️ { $moderator } no dejó pasar la descripción de { $member } y le pausó un día ({ $category }).
report-title = { $count ->
    [one] 🚩 Un miembro denunció una imagen de { $member }
   *[other] 🚩 { $count } miembros denunciaron una imagen de { $member }
 }
report-where = en { $channel } · número `{ $number }` · la vista previa está difuminada
report-reason = Motivo: { $reason }
report-hidden = Ya está oculta.
report-shown = Todavía se ve.
report-remove = Retirarla
report-pause = Retirarla y pausar un día
report-keep = Está bien
report-audit = denunciada
handled-remove = 🗑️ { $moderator } retiró la imagen `{ $number }`.
handled-pause = 🗑️ { $moderator } retiró la imagen `{ $number }` y pausó un día a su miembro.
handled-keep = ✅ A { $moderator } la imagen `{ $number }` le parece bien. (Si estaba oculta, vuelve al historial de su miembro; su mensaje ya no está.)
audit-pause = { $moderator } pausó a { $member }
audit-ban = { $moderator } vetó a { $member }
audit-lift = { $moderator } deja pedir otra vez a { $member }
audit-note = { $moderator } anotó sobre { $member }
audit-report = { $moderator } denunció una imagen de { $member }
audit-hide = una imagen de { $member } se ocultó tras la denuncia de { $moderator }
audit-kept = A { $moderator } le pareció bien una imagen denunciada de { $member }
audit-takedown = { $moderator } retiró una imagen de { $member }
audit-review-approved = { $moderator } dejó pasar una descripción de { $member }
audit-review-denied = { $moderator } no dejó pasar una descripción de { $member }
audit-policy = { $moderator } cambió la política de seguridad
audit-phrase-allow = { $moderator } permitió una frase
audit-phrase-deny = { $moderator } prohibió una frase
audit-phrase-removed = { $moderator } quitó una frase
phrase-is-allow = permitida:
phrase-is-deny = prohibida:
phrases-none = Este servidor no tiene frases propias.
phrase-removed = ✅ Quitada.
phrase-tried = De las últimas { $prompts } descripciones de este servidor se habrían rechazado { $hits }.

## Safety: what holds

policy-allow = permitido
policy-steer = se evita al dibujar
policy-spoiler = tras un spoiler
policy-review = antes lo ve un moderador
policy-block = rechazado
policy-apply = Aplicar
policy-applied = ✅ Aplicado. `/safety show` muestra lo que rige ahora.
safety-title = 🛡️ Lo que hace aquí el filtro de seguridad (**{ $preset }**)
safety-fixed = **Rechazado siempre**, se configure lo que se configure: contenido sexual con menores, con personas reales y hecho de la imagen de alguien
safety-suspected = Lo que solo parece que podría rechazarse se dibuja igualmente, evitando aquello.
safety-pictures-checked = Cada imagen se mira antes de publicarla ({ $checker }).
safety-pictures-unchecked = ⚠️ Nada mira las imágenes: quien opera este Lienzo lo aceptó, y por eso rige la política más estricta.
safety-uploads-on = Se aceptan imágenes de partida.
safety-uploads-off = No se aceptan imágenes de partida.
safety-reviews = A quien se le rechaza algo puede preguntar a los moderadores de este servidor.
safety-no-reviews = A quien se le rechaza algo aún no puede preguntar a los moderadores de este servidor (`/settings show`).
safety-kept = De lo rechazado solo se guarda una huella. Lo que se pregunta a los moderadores se borra { $hours } horas después de que decidieran, o pudieran.
safety-limits = **Lo que no puede hacer**: se le escapa parte de lo que busca, y más en otros idiomas que en inglés; no reconoce a personas; mirar imágenes funciona mal con dibujos y con lo violento o lo que incita al odio. Denuncia lo que veas: menú del mensaje, **Aplicaciones**.
proposal-title = Para todo este servidor cambiaría esto:
proposal-title-channel = Para { $channel } cambiaría esto:
proposal-change = { $category }: { $before } → **{ $after }**
proposal-nothing = nada: lo deciden el mínimo de quien opera Lienzo, la restricción de edad del canal o lo ya elegido
proposal-looser = ⚠️ Parte de ello es más permisivo que ahora. Queda en el registro.
transparency-title = 🛡️ En { $days } días los miembros de este servidor pidieron { $asked } imágenes. El filtro de seguridad detuvo:
transparency-nothing = nada
transparency-refused = { $category }: { $prompts } descripciones, { $pictures } imágenes
transparency-people = Denuncias: { $reports } · retiradas: { $removed } · pausas: { $paused } · vetos: { $banned }
transparency-reviews = A los moderadores se les preguntó por { $asked } descripciones y dejaron pasar { $approved }.
transparency-too-strict = ⚠️ { $category }: los moderadores lo dejan pasar a menudo. ¿Es ahí demasiado estricto el filtro?
menu-report = Denunciar
command-moderate = Para moderadores: miembros, imágenes, frases y dónde se os avisa
command-moderate-pause = Un miembro no puede pedir imágenes durante un tiempo
command-moderate-ban = Un miembro ya no puede pedir imágenes
command-moderate-unban = Levantar una pausa o un veto
command-moderate-note = Una nota sobre un miembro, para los moderadores
command-moderate-history = Lo que se hizo sobre un miembro
command-moderate-log = Lo que se hizo en este servidor, lo más nuevo primero
command-moderate-takedown = Retirar una imagen y lo que salió de ella, y que no vuelva
command-moderate-phrase = Palabras que este servidor permite o prohíbe
command-moderate-phrase-allow = Estas palabras, tal como están, pasan; las reglas fijas rigen igual
command-moderate-phrase-refuse = A quien use estas palabras, escondidas o no, se le rechaza
command-moderate-phrase-try = Cuántas de las últimas descripciones habrían rechazado estas palabras
command-moderate-phrase-remove = Quitar una frase
command-moderate-phrase-list = Las frases de este servidor
command-safety = Lo que hace aquí el filtro de seguridad
command-safety-show = Lo que rige aquí, y lo que no puede hacer
command-safety-preset = Elegir una política para este servidor o un canal (para administradores)
command-safety-category = Elegir qué se hace con una categoría (para administradores)
command-safety-reset = Retirar lo elegido para este servidor o un canal (para administradores)
command-transparency = Lo que hicieron aquí el filtro de seguridad y los moderadores, en números
option-moderated-member = A quién
option-moderated-reason = Por qué; lo leen el miembro y los demás moderadores
option-everywhere = En todos los servidores (para quien opera este Lienzo)
option-duration = Por cuánto tiempo
option-note = Lo que los demás moderadores deben saber
option-picture-link = El enlace de su mensaje, o su número
option-phrase = Las palabras
option-safety-channel = Solo para este canal; todo el servidor si se omite
option-safety-preset = family es la más estricta; mature solo rige en canales con restricción de edad
option-safety-category = Qué
option-safety-action = Qué se hace con ello

## Looking around

help-draw = Dibujar
help-title = ## 🎨 Lienzo dibuja lo que describes
    Escribe `/imagine` y di lo que quieres ver. O pulsa uno de estos:
help-better = **Mejores imágenes**
    - Nombra primero la cosa, después cómo es, después dónde está: *a small red boat, calm sea, at sunset*.
    - Lo que no quieres va en `negative_prompt`.
    - En `{ "{" }red|blue{ "}" }` decide la suerte.
    - La misma `seed` y las mismas palabras dan la misma imagen: cambia una cosa cada vez. `/compare` lo hace por ti en una hoja.
help-after = **Debajo de cada imagen**
    🔁 otra · 🎲 una parecida · 🔍 más grande · ✏️ con otras palabras · ⭐ guardarla · 🗑️ quitarla
    En el menú de la imagen de cualquiera (clic derecho, o pulsación larga, y **Aplicaciones**): **Remezclar** hace la tuya, **Enviármela** te manda una copia, **Denunciar** avisa a los moderadores.
help-find = **Encontrarla otra vez**
    - `/history`, `/favourites`; `/tree` muestra qué salió de qué.
    - `/defaults` dice qué vale donde no escribes nada.
    - `/quota show` dice lo que te queda, `/privacy show` lo que se guarda de ti.
help-rules = **Lo que no se dibuja,** y a quién puedes preguntar por ello: `/safety show`.
command-describe = Palabras para una imagen: lo que muestra, como descripción que se puede dibujar
option-describe-image = La imagen
command-suggest = Descripciones más completas a partir de pocas palabras
option-suggest-prompt = Unas palabras para empezar
described = 👁️ **Lo que muestra**
suggested = 💡 **Descripciones más completas**
cut-out = ✂️ **Recortado:** { $words }
cut-out-note = Lo encontró un modelo, así que el contorno puede fallar. Es una parte de la imagen que entregaste, no se dibujó nada; aquí no se guarda.
cut-out-alt = Recortado de una imagen entregada, sobre fondo transparente: { $words }
written-by-a-model = Lo ha escrito un modelo, en inglés: puede equivocarse.

tree-title = 🌳 Qué salió de qué
tree-same = nada cambió
tree-more = …
change-prompt = descripción
change-negative_prompt = sin
change-checkpoint = modelo
change-seed = semilla
change-steps = pasos
change-guidance = guía
change-sampler = método
change-size = tamaño
change-variation = variación
change-upscale = ampliada a
change-control = guiada por
change-blend = mezcla
change-picture = repintada
change-loras = LoRA
stats-title = { $members ->
    [one] 📊 { $pictures } imágenes de un miembro en { $days } días
   *[other] 📊 { $pictures } imágenes de { $members } miembros en { $days } días
 }
stats-favourites = ⭐ { $count } veces una pasó a ser favorita de alguien
stats-seconds = ⏱️ { $seconds } s cada una, de media
stats-checkpoints = 🖼️ Modelos: { $list }
stats-chart = Imágenes en los últimos { $days } días
stats-alt = Gráfico de barras: imágenes por día
command-help = Una primera lección: cómo pedir, qué se puede hacer con una imagen y cómo encontrarla
command-tree = De qué se hizo una imagen, y qué salió de ella
command-stats = Lo que se dibujó últimamente en este servidor
command-compare = La misma semilla con dos a cuatro valores de un parámetro, en una hoja
option-parameter = Lo que cambia
option-values = De dos a cuatro valores separados por comas, por ejemplo 10, 20, 40
option-sampler = El método que dibuja; el del modelo si se omite
name-parameter = parámetro
name-values = valores
name-sampler = método
name-duration = duración
name-everywhere = en_todas_partes
name-text = texto
name-picture = imagen
name-category = categoría
name-action = acción
name-safety-preset-preset = ajuste
